//! Checks the structure of both crates: which part may use which other part, that no cycle exists
//! between files or folders, and which names belong in one place only. It reads the sources without
//! comments and unit tests.

#[path = "architecture/graph.rs"]
mod graph;
#[path = "architecture/items.rs"]
mod items;
#[path = "architecture/source.rs"]
mod source;
#[path = "architecture/tokens.rs"]
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use graph::{Modules, cycles};
use source::{Named, Source, sources};

/// The crates, as paths relative to this one.
const CRATES: [&str; 2] = [LIBRARY, "../domainsockets-macros"];

const LIBRARY: &str = ".";

/// Types that each of the parts in `TWINS` may declare once.
const SHARED_NAMES: [&str; 7] = [
    "Carrier",
    "Client",
    "ClientBuilder",
    "Connection",
    "Layer",
    "Local",
    "Reply",
];

/// The parts that do the same for different users.
const TWINS: [&str; 5] = ["blocking", "call", "client", "local", "server"];

/// The parts of the library, and the other parts that each may use.
const ARROWS: [(&str, &str); 22] = [
    ("wire", ""),
    ("proto", "wire"),
    ("peer", ""),
    ("transport", "peer"),
    ("allow", "error peer request transport"),
    ("limits", "wire"),
    ("codec", "limits wire"),
    ("error", "transport"),
    ("stats", ""),
    ("systemd", ""),
    ("signature", "codec"),
    ("docs", ""),
    ("driver", "peer proto transport wire"),
    ("request", "driver peer proto"),
    (
        "call",
        "codec driver error limits proto request signature wire",
    ),
    ("dial", "allow error limits peer proto transport wire"),
    (
        "client",
        "allow call dial driver error limits peer proto stats transport wire",
    ),
    (
        "blocking",
        "allow call dial driver error limits local peer proto request server transport wire",
    ),
    (
        "server",
        "allow call driver error limits peer proto request stats transport wire",
    ),
    (
        "codegen",
        "blocking call codec error proto request server signature wire",
    ),
    (
        "local",
        "call driver error peer proto request server transport wire",
    ),
    (
        "test",
        "allow blocking call client error peer request server stats transport wire",
    ),
];

/// Prefixes of paths that only these files or directories may name.
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

/// The parts that take the time as an argument and use no runtime.
const PURE: [&str; 2] = ["wire", "proto"];

const MAX_LINES: usize = 800;

/// The most files next to the folders of the library.
const MAX_FILES: usize = 9;

#[test]
fn parts_use_only_what_their_arrows_allow() {
    let sources = sources(LIBRARY);
    let mut wrong = Vec::new();
    for (edge, line) in Modules::read(&sources).edges() {
        let (own, used) = (part(edge.from), part(edge.to));
        let arrows = ARROWS.iter().find(|(part, _)| *part == own);
        if arrows
            .is_some_and(|(_, allowed)| own != used && allowed.split(' ').all(|name| name != used))
        {
            wrong.push(format!("src/{}:{line}: uses {used}", edge.from));
        }
    }
    assert_none("arrows that ARROWS does not have", &wrong);
}

#[test]
fn every_part_has_its_arrows() {
    let sources = sources(LIBRARY);
    let parts: BTreeSet<_> = sources
        .iter()
        .map(|source| part(&source.name))
        .filter(|part| *part != "lib")
        .collect();
    let listed: BTreeSet<_> = ARROWS.iter().map(|(part, _)| *part).collect();
    assert_eq!(
        parts, listed,
        "parts of the library, and those that ARROWS lists"
    );
}

#[test]
fn files_and_folders_have_no_cycles() {
    let mut wrong = Vec::new();
    for krate in CRATES {
        let sources = sources(krate);
        let edges = Modules::read(&sources).edges();
        for cycle in cycles(edges.keys().copied()) {
            wrong.push(format!("{}:", cycle.join(", ")));
            let inside = edges.iter().filter(|(edge, _)| {
                let has = |file: &str| cycle.iter().any(|node| is_in(file, node));
                has(edge.from) && has(edge.to)
            });
            wrong.extend(
                inside.map(|(edge, line)| format!("    src/{}:{line} uses {}", edge.from, edge.to)),
            );
        }
    }
    assert_none("cycles", &wrong);
}

#[test]
fn no_two_types_have_the_same_name() {
    let mut wrong = Vec::new();
    let sources = sources(LIBRARY);
    for (name, files) in types(&sources) {
        let parts: BTreeSet<_> = files.iter().map(|file| part(file)).collect();
        let is_shared = SHARED_NAMES.contains(&name)
            && parts.len() == files.len()
            && parts.iter().all(|part| TWINS.contains(part));
        if files.len() < 2 || is_shared {
            continue;
        }
        wrong.push(format!("{name}: {}", files.join(", ")));
    }
    assert_none("types of the same name", &wrong);
}

/// Returns the files that declare each type.
fn types(sources: &[Source]) -> BTreeMap<&str, Vec<&str>> {
    let mut types: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for source in sources {
        for scope in &source.scopes {
            for (keyword, name) in &scope.declared {
                if ["enum", "struct", "trait", "type", "union"].contains(&keyword.as_str()) {
                    types.entry(name).or_default().push(&source.name);
                }
            }
        }
    }
    types
}

#[test]
fn few_files_are_next_to_the_folders() {
    let sources = sources(LIBRARY);
    let files = sources.iter().map(|source| source.name.as_str());
    let beside: Vec<_> = files.filter(|file| !file.contains('/')).collect();
    assert!(
        beside.len() <= MAX_FILES,
        "{} files beside the folders, of at most {MAX_FILES}: {beside:?}",
        beside.len()
    );
}

#[test]
fn folders_have_a_mod_rs() {
    let mut wrong = Vec::new();
    for krate in CRATES {
        let sources = sources(krate);
        let names: BTreeSet<_> = sources.iter().map(|source| source.name.as_str()).collect();
        for name in &names {
            if let Some((folder, _)) = name.rsplit_once('/') {
                let map = format!("{folder}/mod.rs");
                if !names.contains(map.as_str()) {
                    wrong.push(format!("src/{name}: there is no {map}"));
                }
            }
        }
    }
    assert_none("folders without a map", &wrong);
}

#[test]
fn reserved_names_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for source in sources(LIBRARY) {
        for (owner, reserved) in RESERVED {
            let mut owners = owner.split(' ');
            let is_own = owners.any(|owner| source.name.starts_with(owner));
            // A module with the same name is not the crate.
            if is_own || source.declares(reserved) {
                continue;
            }
            let strayed = source.paths().filter(|path| path.starts_with(reserved));
            wrong
                .extend(strayed.map(|path| {
                    format!("{}: {} belongs to {owner}", source.at(path), path.text())
                }));
        }
    }
    assert_none("names outside of their part", &wrong);
}

#[test]
fn wire_and_proto_use_no_runtime_and_no_clock() {
    let mut wrong = Vec::new();
    for source in sources(LIBRARY)
        .iter()
        .filter(|source| PURE.contains(&part(&source.name)))
    {
        let impure = source.paths().filter(|path| {
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
    for source in sources(LIBRARY) {
        let blocks = source.paths().filter(|path| path.text() == "unsafe");
        wrong.extend(blocks.map(|path| source.at(path)));
    }
    assert_none("unsafe code", &wrong);
}

#[test]
fn files_are_short_and_have_module_docs() {
    let mut wrong = Vec::new();
    for source in sources(LIBRARY) {
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

// The tests below check the code that reads the sources, on which the tests above depend.
#[test]
fn paths_are_found_in_imports_and_code() {
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
    let texts: BTreeSet<_> = source.paths().map(Named::text).collect();
    for expected in [
        "std::fs",
        "std::io",
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
    assert!(!texts.iter().any(|text| text.contains("in_a")), "{texts:?}");
    let error = source.paths().find(|path| path.text() == "crate::Error");
    assert_eq!(
        error.map(|path| source.at(path)),
        Some("src/part/file.rs:8".to_owned())
    );
}

#[test]
fn every_path_of_the_crate_is_resolved() {
    let mut wrong = Vec::new();
    for krate in CRATES {
        let sources = sources(krate);
        let modules = Modules::read(&sources);
        for source in &sources {
            for scope in &source.scopes {
                let own = scope.paths.iter().filter(|path| path.is_own());
                let lost = own.filter(|path| modules.find(&scope.module, &path.names).is_empty());
                wrong.extend(lost.map(|path| format!("{}: {}", source.at(path), path.text())));
            }
        }
    }
    assert_none("paths that were not resolved", &wrong);
}

/// Asserts that the files in `cycle` use one another, among these files of a crate.
fn check_cycle(files: &[(&str, &str)], cycle: &[&str]) {
    let sources: Vec<_> = files
        .iter()
        .map(|(name, text)| Source::new((*name).to_owned(), (*text).to_owned()))
        .collect();
    let edges = Modules::read(&sources).edges();
    let found = cycles(edges.keys().copied());
    let expected: Vec<Vec<_>> = match cycle {
        [] => Vec::new(),
        cycle => vec![cycle.iter().map(ToString::to_string).collect()],
    };
    assert_eq!(found, expected, "{files:?}: {edges:?}");
}

#[test]
fn cycles_are_found_through_re_exports() {
    let map = (
        "a/mod.rs",
        "mod one; mod two; pub(crate) use one::One; pub use two::*;",
    );
    check_cycle(
        &[
            ("lib.rs", "mod a; pub use a::Two;"),
            map,
            (
                "a/one.rs",
                "use crate::Two as Other; pub(crate) struct One(Other);",
            ),
            ("a/two.rs", "pub struct Two; fn two() { super::One::new() }"),
        ],
        &["a/one.rs", "a/two.rs"],
    );
    // The `mod.rs` itself uses nothing.
    check_cycle(
        &[
            ("lib.rs", "mod a;"),
            map,
            ("a/one.rs", "pub(crate) struct One(super::two::Two);"),
            (
                "a/two.rs",
                "pub struct Two; #[cfg(test)] mod tests { use super::super::One; }",
            ),
        ],
        &[],
    );
}

#[test]
fn cycles_are_found_through_exported_macros() {
    check_cycle(
        &[
            ("lib.rs", "mod a; pub use crate::two as other;"),
            ("a/mod.rs", "mod one; mod two;"),
            (
                "a/one.rs",
                "fn one() { crate::other!() } pub(crate) struct One;",
            ),
            (
                "a/two.rs",
                "#[macro_export] macro_rules! two { () => { super::one::One }; }",
            ),
        ],
        &["a/one.rs", "a/two.rs"],
    );
}

#[test]
fn cycles_are_found_between_folders() {
    check_cycle(
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod one; mod two;"),
            (
                "a/one.rs",
                "use crate::b::three; fn one() { three::three() }",
            ),
            ("a/two.rs", "pub(crate) const TWO: u8 = 2;"),
            ("b/mod.rs", "pub(crate) mod three;"),
            (
                "b/three.rs",
                "pub(crate) fn three() -> u8 { crate::a::two::TWO }",
            ),
        ],
        &["a/", "b/"],
    );
}

#[test]
fn cycles_are_found_with_a_mod_rs_that_declares_items() {
    check_cycle(
        &[
            ("lib.rs", "mod a;"),
            (
                "a/mod.rs",
                "mod one; use one::One; pub(crate) struct Map(One);",
            ),
            (
                "a/one.rs",
                "use crate::a::Map; pub(crate) struct One(Option<Box<Map>>);",
            ),
        ],
        &["a/mod.rs", "a/one.rs"],
    );
}

#[test]
fn cycles_are_found_by_methods_in_the_file_of_another_type() {
    check_cycle(
        &[
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "pub(crate) struct A; impl A { fn a(&self) { self.more() } }",
            ),
            (
                "b.rs",
                "use crate::a::A; impl A { pub(crate) fn more(&self) {} }",
            ),
        ],
        &["a.rs", "b.rs"],
    );
}

/// Returns the part of a file: a folder of `src`, or a file in it.
fn part(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or_default()
}

/// Returns whether a file is a node of a cycle, or in it.
fn is_in(file: &str, node: &str) -> bool {
    file == node || node.ends_with('/') && file.starts_with(node)
}

fn assert_none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}
