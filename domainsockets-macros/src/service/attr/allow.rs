//! The list in `allow(…)`: who may call a method.

use proc_macro2::Ident;
use syn::{LitInt, LitStr};

use crate::service::attr::keys::{self, Arg, Subject};
use crate::service::errors::Sink;

/// The callers that a method allows, in the order in which they were written: at least one, and no other
/// beside `anyone`.
#[derive(Clone)]
pub(crate) struct Allow(pub(crate) Vec<Who>);

/// One entry of the list.
#[derive(Clone, PartialEq)]
pub(crate) enum Who {
    Anyone,
    Root,
    OwnUser,
    User(String),
    Group(String),
    Uid(u32),
    Gid(u32),
}

impl Allow {
    /// Parses what was given for the key `allow`. A list with an error is not used at all: the rest of it
    /// could allow other callers than were meant.
    pub(crate) fn parse(arg: &Arg, sink: &Sink<'_>) -> Option<Self> {
        let own = sink.child();
        let list = arg.list("a list in parentheses, as in `allow(root, own_user)`", &own)?;
        if list.is_empty() {
            own.error(
                &arg.key,
                "`allow()` allows no caller: name some, as in `allow(root, own_user)`",
            );
        }
        let mut entries = Vec::<(Ident, Who)>::new();
        for arg in keys::args(list, &ALLOW, &own) {
            let Some(who) = Who::parse(&arg, &own) else {
                continue;
            };
            if entries.iter().any(|(_, earlier)| *earlier == who) {
                arg.given_twice(&own);
            } else {
                entries.push((arg.key, who));
            }
        }
        if let [_, _, ..] = &*entries
            && let Some((key, _)) = entries.iter().find(|(_, who)| *who == Who::Anyone)
        {
            own.error(key, "`anyone` includes all of the others: keep it or them");
        }
        let entries = entries.into_iter().map(|(_, who)| who).collect();
        (!own.failed()).then_some(Self(entries))
    }
}

impl Who {
    fn parse(arg: &Arg, sink: &Sink<'_>) -> Option<Self> {
        let alone = |who| arg.alone(sink).then_some(who);
        match arg.key.to_string().as_str() {
            "anyone" => alone(Self::Anyone),
            "root" => alone(Self::Root),
            "own_user" => alone(Self::OwnUser),
            "user" => name(arg, "as in `user = \"alice\"`", sink).map(Self::User),
            "group" => name(arg, "as in `group = \"audio\"`", sink).map(Self::Group),
            "uid" => id(arg, "as in `uid = 1000`", sink).map(Self::Uid),
            _ => id(arg, "as in `gid = 100`", sink).map(Self::Gid),
        }
    }
}

/// Returns the name of a user or group. Whether it exists, the server finds out when it starts.
fn name(arg: &Arg, example: &str, sink: &Sink<'_>) -> Option<String> {
    let expected = format!("a name in quotes, {example}");
    let name = arg.value::<LitStr>(&expected, sink)?.value();
    if name.is_empty() {
        arg.takes(&expected, sink);
        return None;
    }
    Some(name)
}

/// Returns the id of a user or group.
fn id(arg: &Arg, example: &str, sink: &Sink<'_>) -> Option<u32> {
    let expected = format!("a number below 2^32 without quotes, {example}");
    let id: LitInt = arg.value(&expected, sink)?;
    let id = id.base10_parse().ok();
    if id.is_none() {
        arg.takes(&expected, sink);
    }
    id
}

const ALLOW: Subject = Subject {
    owner: "a list",
    name: "`allow(…)`",
    keys: &["root", "own_user", "anyone", "user", "group", "uid", "gid"],
    synonyms: &[
        ("owner", "own_user"),
        ("all", "anyone"),
        ("any", "anyone"),
        ("everyone", "anyone"),
        ("users", "user"),
        ("groups", "group"),
    ],
};
