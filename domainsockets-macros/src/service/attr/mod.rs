//! The arguments of `#[service(…)]` and `#[rpc(…)]`, as they are written. What they are used for is not
//! known here.

mod alias;
pub(crate) mod allow;
mod duration;
mod keys;

use proc_macro2::TokenStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Meta, Path, Token, parse_quote};

use crate::service::attr::allow::Allow;
use crate::service::attr::keys::{Keys, Subject};
use crate::service::errors::Sink;

/// The arguments of `#[service(…)]`.
pub(crate) struct ServiceArgs {
    /// The part of the handler names before the dot, unless it is the trait's name.
    pub(crate) name: Option<LitStr>,
    /// The path by which generated code finds the `domainsockets` crate.
    pub(crate) krate: Path,
    /// The codec of arguments and replies, unless it is the default one.
    pub(crate) codec: Option<Path>,
    /// Who may call the methods that do not name their callers.
    pub(crate) allow: Option<Allow>,
    /// Whether the types of the methods are to be found out.
    pub(crate) signatures: bool,
}

impl ServiceArgs {
    /// Parses the arguments in the parentheses. An argument in error is reported and skipped.
    pub(crate) fn parse(tokens: TokenStream, sink: &Sink<'_>) -> Self {
        let mut keys = Keys::parse(tokens, &SERVICE, sink);
        Self {
            name: keys.string("name", "`name = \"Kv\"`", sink),
            krate: keys
                .path("crate", "::domainsockets", sink)
                .unwrap_or_else(|| parse_quote!(::domainsockets)),
            codec: keys.path("codec", "domainsockets::codec::Json", sink),
            allow: allow(&mut keys, sink),
            signatures: keys.bool("signatures", sink).unwrap_or(true),
        }
    }
}

/// The arguments of a method's `#[rpc(…)]`. A key without a value is kept, so that an error can point to it.
#[derive(Default)]
pub(crate) struct RpcArgs {
    /// The whole handler name.
    pub(crate) name: Option<LitStr>,
    /// Who may call the method.
    pub(crate) allow: Option<Allow>,
    /// Whether a call may run more than once.
    pub(crate) idempotent: Option<Ident>,
    /// Further handler names.
    pub(crate) aliases: Vec<LitStr>,
    /// Whether the method returns an alias of `Result` that has another name.
    pub(crate) fallible: Option<Ident>,
    /// Whether requests and replies carry the method's bytes as they are.
    pub(crate) raw: Option<Ident>,
    /// Whether the method blocks its thread.
    pub(crate) blocking: Option<Ident>,
    /// Whether the method finishes although its call is cancelled.
    pub(crate) no_cancel: Option<Ident>,
    /// How many microseconds a call may take, unless its caller sets another deadline.
    pub(crate) deadline: Option<u64>,
    /// Whether the caller does not wait for a reply.
    pub(crate) oneway: Option<Ident>,
    /// Whether a shutdown of the server ends the method.
    pub(crate) wait: Option<Ident>,
}

impl RpcArgs {
    /// Parses the one `#[rpc(…)]` that a method may have.
    pub(crate) fn parse(attrs: &[Attribute], sink: &Sink<'_>) -> Self {
        let Some(mut keys) = only_rpc(attrs, &RPC, "name = \"…\"", sink) else {
            return Self::default();
        };
        Self {
            name: keys.string("name", "`name = \"HelloWorld\"`", sink),
            allow: allow(&mut keys, sink),
            idempotent: keys.word("idempotent", sink),
            aliases: keys
                .take("alias")
                .map(|arg| alias::parse(&arg, sink))
                .unwrap_or_default(),
            fallible: keys.word("fallible", sink),
            raw: keys.word("raw", sink),
            blocking: keys.word("blocking", sink),
            no_cancel: keys.word("no_cancel", sink),
            deadline: keys
                .take("deadline")
                .and_then(|time| duration::micros(&time, sink)),
            oneway: keys.word("oneway", sink),
            wait: keys.word("wait", sink),
        }
    }
}

/// Parses the name that an argument's `#[rpc(rename = "…")]` gives it on the wire.
pub(crate) fn rename(attrs: &[Attribute], sink: &Sink<'_>) -> Option<LitStr> {
    let mut keys = only_rpc(attrs, &ARGUMENT, "rename = \"…\"", sink)?;
    keys.string("rename", "`rename = \"userId\"`", sink)
}

/// Whether an attribute is `#[rpc]`.
pub(crate) fn is_rpc(attr: &Attribute) -> bool {
    attr.path().is_ident("rpc")
}

/// Returns the paths of the attributes that a `cfg_attr` stands for.
pub(crate) fn in_cfg_attr(attr: &Attribute) -> Vec<Path> {
    if !attr.path().is_ident("cfg_attr") {
        return Vec::new();
    }
    let metas = attr
        .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        .unwrap_or_default();
    metas
        .iter()
        .skip(1)
        .map(|meta| meta.path().clone())
        .collect()
}

/// Parses the keys of the only `#[rpc(…)]` among these attributes.
fn only_rpc(
    attrs: &[Attribute],
    subject: &Subject,
    example: &str,
    sink: &Sink<'_>,
) -> Option<Keys> {
    let mut rpcs = attrs.iter().filter(|attr| is_rpc(attr));
    let rpc = rpcs.next()?;
    for repeated in rpcs {
        sink.error(
            repeated,
            format_args!(
                "{} has one `#[rpc(…)]`: merge this into the first",
                subject.owner
            ),
        );
    }
    match &rpc.meta {
        Meta::List(list) if !list.tokens.is_empty() => {
            Some(Keys::parse(list.tokens.clone(), subject, sink))
        }
        _ => {
            sink.error(
                rpc,
                format_args!("`#[rpc]` says nothing here: write `#[rpc({example})]` or remove it"),
            );
            None
        }
    }
}

fn allow(keys: &mut Keys, sink: &Sink<'_>) -> Option<Allow> {
    Allow::parse(&keys.take("allow")?, sink)
}

const SERVICE: Subject = Subject {
    owner: "a service",
    name: "`#[service]`",
    keys: &["name", "crate", "codec", "allow", "signatures"],
    // What other crates call it, and what it is called here.
    synonyms: &[
        ("rename", "name"),
        ("prefix", "name"),
        ("krate", "crate"),
        ("path", "crate"),
        ("format", "codec"),
        ("encoding", "codec"),
        ("serializer", "codec"),
        ("permission", "allow"),
        ("permissions", "allow"),
        ("signature", "signatures"),
    ],
};

const RPC: Subject = Subject {
    owner: "a method",
    name: "`#[rpc]`",
    keys: &[
        "name",
        "allow",
        "idempotent",
        "alias",
        "fallible",
        "raw",
        "blocking",
        "no_cancel",
        "deadline",
        "oneway",
        "wait",
    ],
    synonyms: &[
        ("rename", "name"),
        ("handler", "name"),
        ("aliases", "alias"),
        ("timeout", "deadline"),
        ("time_limit", "deadline"),
        ("permission", "allow"),
        ("permissions", "allow"),
        ("retry", "idempotent"),
        ("retryable", "idempotent"),
        ("bytes", "raw"),
        ("spawn_blocking", "blocking"),
        ("uncancellable", "no_cancel"),
        ("notification", "oneway"),
        ("no_reply", "oneway"),
        ("fire_and_forget", "oneway"),
        ("result", "fallible"),
        ("long_poll", "wait"),
        ("poll", "wait"),
    ],
};

const ARGUMENT: Subject = Subject {
    owner: "an argument",
    name: "`#[rpc]` on an argument",
    keys: &["rename"],
    synonyms: &[("name", "rename")],
};
