//! Which signatures agree, and by which numbers.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::io;

use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};

use super::super::Signature;
use super::{returning, signature};
use crate::call::Method;
use crate::codec::{Bincode, Codec, CodecError};
use crate::signature::lazy::TypeOf;

mod v1 {
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[expect(dead_code)]
    pub(super) struct Value {
        pub(super) bytes: Vec<u8>,
        pub(super) ttl: u32,
    }

    #[derive(Deserialize)]
    #[expect(dead_code)]
    pub(super) enum Tree {
        Leaf(u8),
        Node { left: Box<Self>, right: Box<Self> },
    }
}

mod v2 {
    use serde::Deserialize;

    /// Called otherwise, and within a struct that adds nothing.
    #[derive(Deserialize)]
    pub(super) struct Wrapped(#[expect(dead_code)] Item);

    #[derive(Deserialize)]
    #[expect(dead_code)]
    pub(super) struct Item {
        bytes: bytes::Data,
        #[serde(rename = "ttl")]
        seconds: u32,
    }

    mod bytes {
        pub(super) type Data = std::collections::VecDeque<u8>;
    }

    #[derive(Deserialize)]
    #[expect(dead_code)]
    pub(super) enum Plant {
        Leaf(Byte),
        Node { left: Branch, right: Box<Self> },
    }

    #[derive(Deserialize)]
    pub(super) struct Branch(#[expect(dead_code)] Box<Plant>);

    #[derive(Deserialize)]
    pub(super) struct Byte(#[expect(dead_code)] u8);
}

#[track_caller]
fn agree(one: &Signature, other: &Signature) {
    assert!(one.hash().is_some(), "{one}");
    assert_eq!(one.hash(), other.hash(), "\n{one}\n{other}");
}

#[track_caller]
fn disagree(one: &Signature, other: &Signature) {
    assert!(
        one.hash().is_some() && other.hash().is_some(),
        "\n{one}\n{other}"
    );
    assert_ne!(one.hash(), other.hash(), "\n{one}\n{other}");
}

#[test]
fn what_is_written_alike_agrees() {
    agree(&returning::<&str>(), &returning::<Cow<'_, str>>());
    agree(&returning::<String>(), &returning::<Box<str>>());
    agree(&returning::<usize>(), &returning::<u64>());
    agree(&returning::<&[u8]>(), &returning::<Vec<u8>>());
    agree(&returning::<BTreeSet<i16>>(), &returning::<VecDeque<i16>>());
    agree(&returning::<[u8; 3]>(), &returning::<(u8, u8, u8)>());
    agree(&returning::<(u16,)>(), &returning::<u16>());
    agree(&returning::<v1::Value>(), &returning::<v2::Wrapped>());
    agree(
        &returning::<[v1::Value; 2]>(),
        &returning::<(v2::Item, v2::Wrapped)>(),
    );
    agree(&returning::<v1::Tree>(), &returning::<v2::Plant>());
    agree(
        &signature::<(&str, u8), ()>(&["key", "n"]),
        &signature::<(String, u8), ()>(&["name", "times"]),
    );
}

#[test]
fn what_is_written_otherwise_or_means_something_else_does_not() {
    #[derive(Deserialize)]
    #[expect(dead_code)]
    struct Swapped {
        ttl: u32,
        bytes: Vec<u8>,
    }
    #[derive(Deserialize)]
    #[expect(dead_code)]
    struct Renamed {
        bytes: Vec<u8>,
        time: u32,
    }
    #[derive(Deserialize)]
    #[expect(dead_code)]
    enum Shrub {
        Leaf(u8),
        Node {
            left: Box<Self>,
            right: Box<v1::Tree>,
        },
    }
    #[derive(Deserialize)]
    #[expect(dead_code)]
    enum Turned {
        Node { left: Box<Self>, right: Box<Self> },
        Leaf(u8),
    }
    disagree(&returning::<u32>(), &returning::<u64>());
    disagree(&returning::<u32>(), &returning::<i32>());
    disagree(&returning::<String>(), &returning::<Vec<u8>>());
    disagree(&returning::<Option<u8>>(), &returning::<u8>());
    disagree(&returning::<[u8; 3]>(), &returning::<[u8; 4]>());
    disagree(&returning::<[u16; 3]>(), &returning::<Vec<u16>>());
    disagree(
        &returning::<Result<u8, u16>>(),
        &returning::<Result<u16, u8>>(),
    );
    disagree(&returning::<v1::Value>(), &returning::<Swapped>());
    disagree(&returning::<v1::Value>(), &returning::<Renamed>());
    disagree(&returning::<v1::Tree>(), &returning::<Turned>());
    // It has the same values, and goes back to another type.
    disagree(&returning::<v1::Tree>(), &returning::<Shrub>());
    disagree(
        &signature::<(u8, u8), ()>(&["a", "b"]),
        &signature::<(u8,), ()>(&["a"]),
    );
    disagree(&signature::<(), u8>(&[]), &signature::<(u8,), ()>(&["a"]));
}

/// They are compared by programs that were built years apart.
#[test]
fn numbers_never_change() {
    let put = signature::<(&str, v1::Value), Result<v1::Tree, String>>(&["key", "value"]);
    assert_eq!(put.hash(), Some(12_393_764_825_547_983_357), "{put}");
    assert_eq!(returning::<()>().hash(), Some(10_556_818_337_724_823_631));
}

#[test]
fn texts_of_peers_are_read_with_care() {
    let deep = format!(
        "fn m() -> {}u8{}",
        "Option<".repeat(100_000),
        ">".repeat(100_000)
    );
    for text in [
        "",
        "fn",
        "fn m",
        "fn m(",
        "fn m(a)",
        "fn m() -> ",
        "fn m() u8",
        "fn m() -> u8 u8",
        "fn m() -> struct",
        "fn m() -> struct S {",
        "fn m() -> Option<>",
        "fn m() -> Map<u8>",
        "fn m() -> [u8; x]",
        "fn m() -> [u8; 99999999999999999999999]",
        "fn m() -> S#",
        "fn m() -> \"S",
        "fn m() -> \"S\\",
        "handler(S.m) error: no",
        &deep,
    ] {
        assert!(Signature::parse("S.m", text).is_none(), "{text:.100}");
    }
    // Three lines of text, and a thousand million comparisons.
    let thousand = |part: &str| vec![part; 1000].join(", ");
    let theirs = format!(
        "fn m() -> struct A(struct B(struct C({}), {}), {}, str)",
        thousand("u8"),
        &thousand("C")[3..],
        &thousand("B")[6..]
    );
    let odd = [
        &*theirs,
        "fn m() -> [[[u8; 1000]; 1000]; 1000]",
        "fn m() -> [[[u16; 1000]; 1000]; 1000]",
        "fn m() -> [[u16; 18446744073709551615]; 18446744073709551615]",
        "fn m() -> struct A(A)",
        "fn m() -> struct A(struct A(A))",
        "fn m() -> struct A(struct B(A))",
        "fn m() -> Nowhere",
        "fn m(a: u8, a: u8) -> enum A { A, A }",
    ];
    for one in &odd {
        for other in &odd {
            let one = Signature::parse("S.m", one).unwrap();
            let other = Signature::parse("S.m", other).unwrap();
            let _ = Signature::compare(&one, &other, super::super::diff::Voice::Peers);
        }
    }
}

struct Generic<T>(std::marker::PhantomData<T>);

impl<T: for<'de> Deserialize<'de>> Generic<T> {
    const METHOD: Method = Method::new(
        "G.m",
        &["value", "key"],
        [TypeOf::<(T, &str)>::ARGUMENTS, TypeOf::<T>::VALUE],
    );

    fn method() -> &'static Method {
        &Self::METHOD
    }
}

#[test]
fn a_generic_service_has_signatures_for_each_of_its_types() {
    let text = |method: &'static Method| method.signature().to_string();
    assert_eq!(
        text(Generic::<u8>::method()),
        "fn m(value: u8, key: str) -> u8"
    );
    assert_eq!(
        text(Generic::<u16>::method()),
        "fn m(value: u16, key: str) -> u16"
    );
    let once = Generic::<u8>::method().signature();
    assert!(std::ptr::eq(once, Generic::<u8>::method().signature()));
}

#[test]
fn what_says_itself_what_it_is_is_not_compared() {
    struct Named;

    impl Codec for Named {
        const NAMED: bool = true;

        fn encode<T: Serialize + ?Sized>(_: &T, _: impl io::Write) -> Result<(), CodecError> {
            Err(CodecError::new("unused"))
        }

        fn decode_seed<'de, S: DeserializeSeed<'de>>(
            _: S,
            _: &'de [u8],
        ) -> Result<S::Value, CodecError> {
            Err(CodecError::new("unused"))
        }
    }

    static USUAL: Method = Method::new(
        "S.m",
        &["a"],
        [TypeOf::<(u8,)>::ARGUMENTS, TypeOf::<u8>::VALUE],
    );
    static CHOSEN: Method = Method::new(
        "S.m",
        &["a"],
        [TypeOf::<(u8,)>::ARGUMENTS, TypeOf::<u8>::VALUE],
    )
    .encoded(Bincode::NAMED);
    static NAMED: Method = Method::new(
        "S.m",
        &["a"],
        [TypeOf::<(u8,)>::ARGUMENTS, TypeOf::<u8>::VALUE],
    )
    .encoded(Named::NAMED);
    static RAW: Method = Method::raw("S.m").encoded(Bincode::NAMED);
    assert!(USUAL.is_compared());
    assert!(CHOSEN.is_compared());
    assert!(!NAMED.is_compared());
    assert!(!RAW.is_compared());
    assert_eq!(USUAL.signature().hash(), NAMED.signature().hash());
}

/// Types of which each is the only part of the one before it, as the arguments of a text.
fn chain(len: usize, (begin, end): (&str, &str)) -> String {
    let links = (0..len).map(|link| {
        let next = link + 1;
        format!("a{link}: struct S{link} {{ next: {begin}S{next}{end}, more: u8 }}")
    });
    let links: Vec<_> = links.collect();
    format!("fn m({}, last: struct S{len}(u8))", links.join(", "))
}

#[test]
fn types_that_go_on_and_on_have_no_number() {
    let hash = |text: String| Signature::parse("S.m", &text).unwrap().hash();
    let plain = ("", "");
    assert!(hash(chain(100, plain)).is_some());
    assert_eq!(hash(chain(20_000, plain)), None);
    let nested = ("[".repeat(100), "]".repeat(100));
    assert!(hash(chain(1, (&nested.0, &nested.1))).is_some());
    assert_eq!(hash(chain(1_000, (&nested.0, &nested.1))), None);
}
