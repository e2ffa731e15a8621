//! Keeps the arrows of the house true: which part may use which, and which names belong to one
//! part alone. It reads the sources, without comments and unit tests.

#[path = "architecture/source.rs"]
mod source;

use std::collections::BTreeSet;

use source::{Named, Root, Source, sources};

/// The parts of the library, and what each may use of the others.
const ARROWS: [(&str, &str); 21] = [
    ("wire", ""),
    ("proto", "wire"),
    ("peer", ""),
    ("transport", "peer"),
    ("allow", "error peer transport"),
    ("limits", "wire"),
    ("codec", "limits wire"),
    ("error", ""),
    ("stats", ""),
    ("systemd", ""),
    ("signature", "codec"),
    ("driver", "proto transport wire"),
    ("request", "peer proto"),
    ("call", "codec driver error proto request signature wire"),
    ("dial", "allow error limits peer proto transport wire"),
    (
        "client",
        "allow call dial driver error limits peer proto stats transport wire",
    ),
    (
        "blocking",
        "allow call dial driver error limits peer proto transport wire",
    ),
    (
        "server",
        "allow call driver error limits peer proto request stats transport wire",
    ),
    ("codegen", "call codec error request server wire"),
    ("local", "call driver error proto server transport wire"),
    (
        "test",
        "allow call client error peer request server stats transport wire",
    ),
];

/// Paths that only one file or directory may name, or two, by how they begin.
const RESERVED: [(&str, &str); 12] = [
    ("codec/bincode.rs", "bincode"),
    ("codec/json.rs", "serde_json"),
    ("codec/messagepack.rs", "rmp_serde"),
    ("transport/", "nix"),
    ("transport/", "rustix"),
    ("transport/ signature/lock.rs", "std::env"),
    ("transport/ signature/lock.rs", "std::fs"),
    ("transport/", "std::net"),
    ("transport/", "std::os::unix"),
    ("transport/", "std::process"),
    ("transport/", "tokio::fs"),
    ("transport/", "tokio::net"),
];

/// The parts to which time is an argument and a runtime unknown.
const PURE: [&str; 2] = ["wire", "proto"];

const MAX_LINES: usize = 800;

#[test]
fn parts_use_only_what_their_arrows_allow() {
    let sources = sources();
    let root = Root::read(&sources);
    let mut wrong = Vec::new();
    for source in &sources {
        let Some((_, allowed)) = ARROWS.iter().find(|(part, _)| *part == source.part()) else {
            continue;
        };
        for path in &source.paths {
            let Some(name) = source.name_at_root(path) else {
                continue;
            };
            match root.part_of(name) {
                Some(part) if part == source.part() => {}
                Some(part) if allowed.split(' ').any(|name| name == part) => {}
                Some(part) => wrong.push(format!("{}: uses {part}", source.at(path))),
                None => wrong.push(format!("{}: `{name}` is of no part", source.at(path))),
            }
        }
    }
    assert_none("arrows that ARROWS does not have", &wrong);
}

#[test]
fn every_part_has_its_arrows() {
    let sources = sources();
    let parts: BTreeSet<_> = sources
        .iter()
        .map(Source::part)
        .filter(|part| *part != "lib")
        .collect();
    let listed: BTreeSet<_> = ARROWS.iter().map(|(part, _)| *part).collect();
    assert_eq!(
        parts, listed,
        "parts of the library, and those that ARROWS lists"
    );
}

#[test]
fn reserved_names_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (owner, reserved) in RESERVED {
            let mut owners = owner.split(' ');
            let is_own = owners.any(|owner| source.name.starts_with(owner));
            // A module of the same name is not the crate.
            if is_own || source.declares(reserved) {
                continue;
            }
            let strayed = source
                .paths
                .iter()
                .filter(|path| path.starts_with(reserved));
            wrong
                .extend(strayed.map(|path| {
                    format!("{}: {} belongs to {owner}", source.at(path), path.text())
                }));
        }
    }
    assert_none("names outside of their part", &wrong);
}

#[test]
fn wire_and_proto_know_no_runtime_and_no_clock() {
    let mut wrong = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| PURE.contains(&source.part()))
    {
        let impure = source.paths.iter().filter(|path| {
            path.ends_with("Instant::now")
                || ["tokio", "SystemTime", "elapsed"]
                    .iter()
                    .any(|name| path.has(name))
        });
        wrong.extend(impure.map(|path| format!("{}: {}", source.at(path), path.text())));
    }
    assert_none("a runtime or a clock in a part that has none", &wrong);
}

#[test]
fn nothing_is_unsafe() {
    let mut wrong = Vec::new();
    for source in sources() {
        let blocks = source.paths.iter().filter(|path| path.text() == "unsafe");
        wrong.extend(blocks.map(|path| source.at(path)));
    }
    assert_none("unsafe code", &wrong);
}

#[test]
fn files_are_short_and_say_what_they_own() {
    let mut wrong = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if MAX_LINES < lines {
            wrong.push(format!(
                "src/{}: {lines} lines, of at most {MAX_LINES}",
                source.name
            ));
        }
        if !source.text.starts_with("//! ") {
            wrong.push(format!("src/{}: no `//!` at its top", source.name));
        }
    }
    assert_none("files out of shape", &wrong);
}

/// The tests above are worth what the reading of the sources is.
#[test]
fn paths_are_found_wherever_they_stand() {
    let text = r#"//! Names crate::in_a_comment.
use std::{fs, io::{self, Read as _}};
pub(crate) use super::Sibling;
use crate::{
    wire, // and crate::not_this
    proto::{Outbox, calls::*},
};
fn call(at: super::super::Root) -> Vec<crate::Error> {
    at.now(), Instant::now(), "crate::in_a_string"
}
#[cfg(test)]
mod tests {
    use crate::in_a_test;
}
"#;
    let source = Source::new("part/file.rs".to_owned(), text.to_owned());
    let texts: BTreeSet<_> = source.paths.iter().map(Named::text).collect();
    for expected in [
        "std::fs",
        "std::io::self",
        "std::io::Read",
        "super::Sibling",
        "crate::wire",
        "crate::proto::Outbox",
        "crate::proto::calls",
        "super::super::Root",
        "crate::Error",
        "now",
        "Instant::now",
    ] {
        assert!(texts.contains(expected), "{expected} is not in {texts:?}");
    }
    let at_root: Vec<_> = source
        .paths
        .iter()
        .filter_map(|path| source.name_at_root(path))
        .collect();
    assert_eq!(at_root, ["wire", "proto", "proto", "Root", "Error"]);
    let error = source
        .paths
        .iter()
        .find(|path| path.text() == "crate::Error");
    assert_eq!(
        error.map(|path| source.at(path)),
        Some("src/part/file.rs:8".to_owned())
    );
}

fn assert_none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}
