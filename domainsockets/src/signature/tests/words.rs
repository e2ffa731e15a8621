//! What is said of two signatures that differ.

use super::super::Signature;
use super::super::diff::Voice;

fn difference(theirs: &str, ours: &str, voice: Voice) -> Option<String> {
    let parse = |text: &str| Signature::parse("Kv.m", text).unwrap_or_else(|| panic!("{text}"));
    Signature::compare(&parse(theirs), &parse(ours), voice)
}

/// What a client says whose server has `theirs`.
#[track_caller]
fn says(theirs: &str, ours: &str, expected: &str) {
    let words = difference(theirs, ours, Voice::Peers);
    assert_eq!(words.as_deref(), Some(expected), "\n{theirs}\n{ours}");
}

#[track_caller]
fn changed(was: &str, is: &str, expected: &str) {
    let words = difference(was, is, Voice::Versions);
    assert_eq!(words.as_deref(), Some(expected), "\n{was}\n{is}");
}

#[track_caller]
fn agree(theirs: &str, ours: &str) {
    assert_eq!(
        difference(theirs, ours, Voice::Peers),
        None,
        "\n{theirs}\n{ours}"
    );
    assert_eq!(
        difference(theirs, ours, Voice::Versions),
        None,
        "\n{theirs}\n{ours}"
    );
}

#[test]
fn peers_that_agree_say_nothing() {
    agree("fn m()", "fn m() -> ()");
    agree("fn m(a: str)", "fn n(b: str)");
    agree(
        "fn m() -> struct A { x: u8 }",
        "fn m() -> struct B { x: struct W(u8) }",
    );
    agree("fn m() -> (u8, u8)", "fn m() -> [u8; 2]");
    agree(
        "fn m() -> struct P(u8, u16)",
        "fn m() -> (u8, struct W(u16))",
    );
    agree(
        "fn m() -> enum E { A(u8) }",
        "fn m() -> enum F { A(struct W(u8)) }",
    );
    agree("fn m() -> struct U", "fn m() -> ()");
    agree(
        "fn m() -> struct L { next: Option<L> }",
        "fn m() -> struct M { next: Option<struct W(M)> }",
    );
}

#[test]
fn what_is_unknown_agrees_with_everything() {
    agree(
        "fn m(a: unknown) -> u8",
        "fn m(a: struct V { x: u8 }) -> u8",
    );
    agree(
        "fn m() -> struct V { a: unknown, b: u8 }",
        "fn m() -> struct V { a: str, b: u8 }",
    );
    agree(
        "fn m() -> enum E { A?, B }",
        "fn m() -> enum E { A { x: u8 }, B }",
    );
    says(
        "fn m(a: unknown, b: u8)",
        "fn m(a: str, b: u16)",
        "argument 2 (`b`): server expects u8, this client sends u16",
    );
}

#[test]
fn types_that_differ() {
    says(
        "fn m(key: str)",
        "fn m(key: bytes)",
        "argument 1 (`key`): server expects str, this client sends bytes",
    );
    says(
        "fn m() -> u32",
        "fn m() -> u64",
        "result: server returns u32, this client expects u64",
    );
    says(
        "fn m()",
        "fn m() -> bool",
        "result: server returns (), this client expects bool",
    );
    says(
        "fn m() -> Option<str>",
        "fn m() -> str",
        "result: server returns Option<str>, this client expects str",
    );
    says(
        "fn m(a: u8, b: str) -> u8",
        "fn m(a: u16, b: char) -> u16",
        "argument 1 (`a`): server expects u8, this client sends u16; \
         argument 2 (`b`): server expects str, this client sends char; \
         result: server returns u8, this client expects u16",
    );
    says(
        "fn m() -> Result<(), enum E { Full }>",
        "fn m()",
        "result: server returns Result<(), enum E { Full }>, this client expects ()",
    );
    says(
        "fn m(a: struct V { x: u8 })",
        "fn m(a: enum V { X })",
        "argument 1 (`a`): server expects struct V { x: u8 }, this client sends enum V { X }",
    );
    says(
        "fn m(a: (u8, u16))",
        "fn m(a: (u8, u16, str))",
        "argument 1 (`a`): server expects (u8, u16), this client sends (u8, u16, str)",
    );
    says(
        "fn m(a: [u8; 4])",
        "fn m(a: [u8; 16])",
        "argument 1 (`a`): server expects [u8; 4], this client sends [u8; 16]",
    );
}

#[test]
fn arguments_that_are_missing() {
    says(
        "fn m(key: str, ttl: u32)",
        "fn m(key: str)",
        "argument 2: server expects `ttl: u32`, which this client does not send",
    );
    says(
        "fn m(key: str)",
        "fn m(key: str, ttl: u32)",
        "argument 2: this client sends `ttl: u32`, which server does not expect",
    );
    says(
        "fn m(namespace: str, key: str, value: bytes)",
        "fn m(key: str, value: str)",
        "argument 1: server expects `namespace: str`, which this client does not send; \
         argument 3 (`value`): server expects bytes, this client sends str",
    );
    says(
        "fn m()",
        "fn m(value: struct Value { inner: struct Inner { x: u8 } })",
        "argument 1: this client sends `value: struct Value { inner: Inner }`, \
         which server does not expect",
    );
}

#[test]
fn fields_that_differ() {
    says(
        "fn m(key: str, value: struct Value { bytes: bytes, ttl: u32 })",
        "fn m(key: str, value: struct Value { bytes: bytes })",
        "argument 2 (`value`): server expects struct Value { bytes: bytes, ttl: u32 }, \
         this client sends struct Value { bytes: bytes } (this client lacks field `ttl`)",
    );
    says(
        "fn m() -> struct V { a: u8 }",
        "fn m() -> struct V { b: u8, c: u8 }",
        "result: server returns struct V { a: u8 }, \
         this client expects struct V { b: u8, c: u8 } \
         (this client lacks field `a`, the server lacks fields `b`, `c`)",
    );
    says(
        "fn m() -> struct V { from: u8, to: u8 }",
        "fn m() -> struct V { to: u8, from: u8 }",
        "result: server returns struct V { from: u8, to: u8 }, \
         this client expects struct V { to: u8, from: u8 } (in another order)",
    );
    says(
        "fn m() -> struct V { a: u8, b: u8 }",
        "fn m() -> struct V { a: u16, b: u16 }",
        "result, field `a`: server returns u8, this client expects u16; \
         result, field `b`: server returns u8, this client expects u16",
    );
}

#[test]
fn variants_that_differ() {
    says(
        "fn m() -> Result<(), enum KvError { Full, Denied(str) }>",
        "fn m() -> Result<(), enum KvError { Full }>",
        "result, `Err`: server returns enum KvError { Full, Denied(str) }, \
         this client expects enum KvError { Full } (this client lacks variant `Denied`)",
    );
    says(
        "fn m(e: enum E { A, B })",
        "fn m(e: enum E { B, A })",
        "argument 1 (`e`): server expects enum E { A, B }, this client sends enum E { B, A } \
         (in another order)",
    );
    says(
        "fn m(e: enum E { A, B(u8) })",
        "fn m(e: enum E { A, B(u16) })",
        "argument 1 (`e`), variant `B`: server expects u8, this client sends u16",
    );
    says(
        "fn m(e: enum E { A(u8, u8) })",
        "fn m(e: enum E { A(u8) })",
        "argument 1 (`e`), variant `A`: server expects (u8, u8), this client sends (u8)",
    );
    says(
        "fn m(e: enum E { A })",
        "fn m(e: enum E { A { x: u8 } })",
        "argument 1 (`e`), variant `A`: server expects nothing, this client sends { x: u8 }",
    );
    says(
        "fn m(e: enum E { A { x: u8 } })",
        "fn m(e: enum E { A { x: u8, y: u8 } })",
        "argument 1 (`e`), variant `A`: server expects { x: u8 }, this client sends { x: u8, y: u8 }",
    );
}

#[test]
fn deep_differences_say_where_they_are() {
    says(
        "fn m() -> Option<Map<str, [struct A { b: struct B { c: Result<(u8, u16), ()> } }]>>",
        "fn m() -> Option<Map<str, [struct A { b: struct B { c: Result<(u8, u32), ()> } }]>>",
        "result, its value, its values, its elements, field `b`, field `c`, `Ok`, element 2: \
         server returns u16, this client expects u32",
    );
    says(
        "fn m(t: enum Tree { Leaf(u8), Node(Tree, Tree) }, u: Tree)",
        "fn m(t: enum Tree { Leaf(i8), Node(Tree, Tree) }, u: Tree)",
        "argument 1 (`t`), variant `Leaf`: server expects u8, this client sends i8",
    );
    says(
        "fn m(a: Map<u8, u8>)",
        "fn m(a: Map<str, u8>)",
        "argument 1 (`a`), its keys: server expects u8, this client sends str",
    );
}

#[test]
fn types_that_go_back_elsewhere_differ() {
    let words = difference(
        "fn m() -> struct A { next: Option<struct B { next: Option<A>, x: u8 }> }",
        "fn m() -> struct A { next: Option<A> }",
        Voice::Peers,
    );
    assert!(words.is_some_and(|words| words.contains("lacks field `x`")));
}

#[test]
fn there_is_an_end_to_differences() {
    let signature = |ty: &str| {
        let arguments: Vec<_> = (0..16).map(|index| format!("a{index}: {ty}")).collect();
        format!("fn m({})", arguments.join(", "))
    };
    let words = difference(&signature("u8"), &signature("u16"), Voice::Peers).unwrap();
    assert_eq!(words.matches("server expects").count(), 8);
    assert!(words.ends_with("; and 8 more"), "{words}");
}

#[test]
fn a_difference_is_cut_where_it_grows_too_long() {
    let fields: Vec<_> = (0..9999).map(|index| format!("f{index}: u8")).collect();
    let theirs = format!("fn m() -> struct V {{ {} }}", fields.join(", "));
    let words = difference(&theirs, "fn m() -> u8", Voice::Peers).unwrap();
    assert!(
        words.starts_with("result: server returns struct V { f0: u8, "),
        "{words}"
    );
    assert!(words.ends_with('…') && words.len() < 2100, "{words}");
}

#[test]
fn names_of_arguments_count_where_they_travel() {
    let earlier = Signature::parse("Kv.m", "fn m(key: str, ttl: u32)").unwrap();
    let now = |text| {
        let mut now = Signature::parse("Kv.m", text).unwrap();
        now.function.is_named = true;
        now
    };
    let words = |text| Signature::compare(&earlier, &now(text), Voice::Versions);
    assert_eq!(words("fn m(key: str, ttl: u32)"), None);
    assert_eq!(
        words("fn m(name: str, ttl: u32)").unwrap(),
        "the arguments have other names, which travel: were (key, ttl), are now (name, ttl)"
    );
}

#[test]
fn versions_say_what_was() {
    changed(
        "fn m(a: u8)",
        "fn m(a: u16)",
        "argument 1 (`a`): was u8, is now u16",
    );
    changed(
        "fn m() -> u8",
        "fn m() -> u16",
        "result: was u8, is now u16",
    );
    changed(
        "fn m(a: u8)",
        "fn m()",
        "argument 1: `a: u8` has been removed",
    );
    changed(
        "fn m()",
        "fn m(a: u8)",
        "argument 1: `a: u8` has been added",
    );
    changed(
        "fn m() -> struct V { a: u8 }",
        "fn m() -> struct V { a: u8, b: u8 }",
        "result: was struct V { a: u8 }, is now struct V { a: u8, b: u8 } (with another field `b`)",
    );
    changed(
        "fn m() -> enum E { A, B }",
        "fn m() -> enum E { A }",
        "result: was enum E { A, B }, is now enum E { A } (without variant `B`)",
    );
    changed(
        "fn m(from: str, to: str)",
        "fn m(to: str, from: str)",
        "the arguments are in another order: were (from, to), are now (to, from)",
    );
}
