//! What is found out of types.

use core::net::{IpAddr, SocketAddr};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::num::{NonZeroI64, NonZeroU8};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{returning, signature, text};

#[derive(Deserialize)]
struct Unit;

#[derive(Deserialize)]
struct Wrapper(#[expect(dead_code)] u64);

#[derive(Deserialize)]
struct Rgb(
    #[expect(dead_code)] u8,
    #[expect(dead_code)] u8,
    #[expect(dead_code)] u8,
);

#[derive(Deserialize)]
#[expect(dead_code)]
struct Value {
    bytes: Vec<u8>,
    ttl: u32,
}

#[derive(Deserialize)]
#[expect(dead_code)]
enum Shape {
    Unit,
    Newtype(String),
    Tuple(u8, Option<char>),
    Struct {
        value: Value,
        again: Value,
    },
    #[serde(skip)]
    Skipped,
}

#[derive(Deserialize)]
#[expect(dead_code)]
enum Tree {
    Node(Box<Self>, Box<Self>),
    Leaf(Wrapper),
}

#[derive(Deserialize)]
#[expect(dead_code)]
struct Page<T> {
    items: Vec<T>,
    next: Option<u32>,
}

#[test]
fn what_std_has_is_written_as_serde_sees_it() {
    assert_eq!(text::<()>(), "()");
    assert_eq!(text::<(u8, i128, bool, f32)>(), "(u8, i128, bool, f32)");
    assert_eq!(text::<(usize, isize)>(), "(u64, i64)");
    assert_eq!(text::<(char, f64)>(), "(char, f64)");
    assert_eq!(text::<[Box<String>; 3]>(), "[str; 3]");
    assert_eq!(text::<Cow<'_, str>>(), "str");
    assert_eq!(text::<(PathBuf, &Path)>(), "[str; 2]");
    assert_eq!(text::<(&[u8], Vec<u8>, u8)>(), "(bytes, bytes, u8)");
    assert_eq!(text::<Option<Vec<u8>>>(), "Option<bytes>");
    assert_eq!(text::<VecDeque<HashSet<u16>>>(), "[[u16]]");
    assert_eq!(text::<HashMap<String, Vec<u16>>>(), "Map<str, [u16]>");
    assert_eq!(
        text::<Result<Option<()>, Unit>>(),
        "Result<Option<()>, struct Unit>"
    );
    assert_eq!(
        text::<Result<Result<u8, ()>, Result<(), String>>>(),
        "Result<Result<u8, ()>, Result<(), str>>"
    );
    assert_eq!(
        text::<Duration>(),
        "struct Duration { secs: u64, nanos: u32 }"
    );
    assert_eq!(
        text::<IpAddr>(),
        "enum IpAddr { V4([u8; 4]), V6([u8; 16]) }"
    );
    assert!(
        returning::<(SystemTime, SocketAddr, PhantomData<u8>)>()
            .hash()
            .is_some()
    );
}

#[test]
fn types_of_ones_own_are_spelled_out_once() {
    assert_eq!(text::<Unit>(), "struct Unit");
    assert_eq!(text::<Wrapper>(), "struct Wrapper(u64)");
    assert_eq!(text::<Rgb>(), "struct Rgb(u8, u8, u8)");
    assert_eq!(
        text::<Shape>(),
        "enum Shape { Unit, Newtype(str), Tuple(u8, Option<char>), \
         Struct { value: struct Value { bytes: bytes, ttl: u32 }, again: Value } }"
    );
    assert_eq!(
        text::<[Value; 2]>(),
        "[struct Value { bytes: bytes, ttl: u32 }; 2]"
    );
    let put = signature::<(&str, Value), Result<(), String>>(&["key", "value"]);
    assert_eq!(
        put.to_string(),
        "fn m(key: str, value: struct Value { bytes: bytes, ttl: u32 }) -> Result<(), str>"
    );
    let same = signature::<(&str, String), ()>(&["one", "other"]);
    assert_eq!(same.to_string(), "fn m(one: str, other: str)");
}

#[test]
fn types_of_the_same_name_are_numbered() {
    assert_eq!(
        text::<(Page<u8>, Page<Page<u16>>, Page<u16>)>(),
        "(struct Page { items: bytes, next: Option<u32> }, \
         struct Page#2 { items: [struct Page#3 { items: [u16], next: Option<u32> }], \
         next: Option<u32> }, Page#3)"
    );
}

#[test]
fn types_that_go_back_to_themselves_are_cut_by_their_names() {
    #[derive(Deserialize)]
    #[expect(dead_code)]
    struct List {
        value: Shape,
        next: Option<Box<Self>>,
    }
    #[derive(Deserialize)]
    #[expect(dead_code)]
    struct Folder {
        folders: BTreeMap<String, Self>,
        tree: Tree,
    }
    assert_eq!(
        text::<Tree>(),
        "enum Tree { Node(Tree, Tree), Leaf(struct Wrapper(u64)) }"
    );
    assert_eq!(
        text::<Folder>(),
        "struct Folder { folders: Map<str, Folder>, \
         tree: enum Tree { Node(Tree, Tree), Leaf(struct Wrapper(u64)) } }"
    );
    assert!(text::<List>().ends_with("next: Option<List> }"));
    assert!(returning::<(Folder, List)>().hash().is_some());
}

#[test]
fn names_that_could_be_something_else_are_quoted() {
    #[derive(Deserialize)]
    #[serde(rename = "u8")]
    #[expect(dead_code)]
    struct Byte {
        #[serde(rename = "a \"b\", c\\ {\n")]
        odd: u8,
        #[serde(rename = "größe")]
        size: u8,
        r#type: u8,
        #[serde(rename = "2nd")]
        second: u8,
    }
    assert_eq!(
        text::<(Byte, Byte, Option<Byte>)>(),
        "(struct \"u8\" { \"a \\\"b\\\", c\\\\ {\\n\": u8, größe: u8, type: u8, \"2nd\": u8 }, \
         \"u8\", Option<\"u8\">)"
    );
}

#[test]
fn types_that_look_at_their_values_are_known_by_what_they_read() {
    #[derive(Deserialize)]
    #[serde(try_from = "String")]
    struct Version;
    impl TryFrom<String> for Version {
        type Error = &'static str;
        fn try_from(text: String) -> Result<Self, Self::Error> {
            unreachable!("{text:?} was made up")
        }
    }
    #[derive(Deserialize)]
    #[serde(from = "(u32, u32)")]
    struct Size;
    impl From<(u32, u32)> for Size {
        fn from(size: (u32, u32)) -> Self {
            unreachable!("{size:?} was made up")
        }
    }
    #[derive(Deserialize)]
    #[serde(try_from = "Vec<Value>")]
    struct Values;
    impl TryFrom<Vec<Value>> for Values {
        type Error = &'static str;
        fn try_from(_: Vec<Value>) -> Result<Self, Self::Error> {
            unreachable!("values were made up")
        }
    }
    #[derive(Deserialize)]
    #[expect(dead_code)]
    struct Release {
        version: Version,
        size: Size,
        values: Values,
        last: Option<Version>,
        of: HashMap<u8, Vec<Size>>,
        tree: Tree,
    }
    assert_eq!(text::<(NonZeroU8, NonZeroI64, u8)>(), "(u8, i64, u8)");
    assert_eq!(
        text::<Release>(),
        "struct Release { version: str, size: [u32; 2], \
         values: [struct Value { bytes: bytes, ttl: u32 }], last: Option<str>, \
         of: Map<u8, [[u32; 2]]>, tree: enum Tree { Node(Tree, Tree), Leaf(struct Wrapper(u64)) } }"
    );
    // An element is only asked for when those before it are there.
    assert_eq!(text::<(u8, Version, u8)>(), "(u8, str, unknown)");
    assert_eq!(
        signature::<(Version, Size, Tree), ()>(&["a", "b", "c"]).to_string(),
        "fn m(a: str, b: [u32; 2], \
         c: enum Tree { Node(Tree, Tree), Leaf(struct Wrapper(u64)) })"
    );
}

#[test]
fn other_names_of_fields_and_variants_are_no_other_fields_and_variants() {
    #[derive(Deserialize)]
    #[expect(dead_code)]
    struct Job {
        #[serde(alias = "x", alias = "y")]
        name: String,
        #[serde(skip)]
        skipped: u8,
        #[serde(alias = "a")]
        level: Level,
        last: u8,
    }
    #[derive(Deserialize)]
    #[expect(dead_code)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[serde(alias = "z")]
        only: u8,
    }
    #[derive(Deserialize)]
    #[expect(dead_code)]
    enum Level {
        #[serde(alias = "Zero", alias = "None")]
        Off,
        Low {
            #[serde(alias = "times")]
            n: u8,
        },
        #[serde(other)]
        Other,
    }
    assert_eq!(
        text::<(Job, Strict)>(),
        "(struct Job { name: str, a: enum Level { None, Low { n: u8 }, Other }, last: u8 }, \
         struct Strict { only: u8 })"
    );
    assert!(returning::<(Job, Strict)>().hash().is_some());
}

#[test]
fn what_cannot_be_found_out_is_unknown_and_the_rest_is_not() {
    #[derive(Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code)]
    enum Untagged {
        Number(u8),
    }
    #[derive(Deserialize)]
    #[expect(dead_code)]
    struct Flat {
        #[serde(flatten)]
        value: Value,
    }
    #[derive(Deserialize)]
    #[serde(tag = "kind")]
    #[expect(dead_code)]
    enum Tagged {
        Number { n: u8 },
    }
    #[derive(Deserialize)]
    #[serde(try_from = "u16")]
    struct Refuses;
    impl TryFrom<u16> for Refuses {
        type Error = &'static str;
        fn try_from(_: u16) -> Result<Self, Self::Error> {
            Err("whatever it is")
        }
    }
    struct Any;
    impl<'de> Deserialize<'de> for Any {
        fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
            input
                .deserialize_ignored_any(serde::de::IgnoredAny)
                .map(|_| Self)
        }
    }
    assert_eq!(text::<Untagged>(), "unknown");
    assert_eq!(text::<Tagged>(), "unknown");
    assert_eq!(text::<Any>(), "unknown");
    assert!(text::<Flat>().contains("unknown"), "{}", text::<Flat>());
    assert_eq!(text::<(u8, Refuses, u8)>(), "(u8, u16, unknown)");
    let unknown = signature::<(u8, Any, u8), u16>(&["a", "b", "c"]);
    assert_eq!(unknown.to_string(), "fn m(a: u8, b: unknown, c: u8) -> u16");
    assert_eq!(unknown.hash(), None);
}

#[test]
fn whatever_types_do_it_ends() {
    #[derive(Deserialize)]
    #[expect(dead_code)]
    struct Infinite {
        next: Box<Self>,
    }
    #[derive(Deserialize)]
    #[expect(dead_code)]
    enum Neither {
        One(Box<Self>),
        Other(Box<Self>),
    }
    #[derive(Deserialize)]
    enum Never {}
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Nested(#[expect(dead_code)] Vec<Self>);
    struct Panics;
    impl<'de> Deserialize<'de> for Panics {
        fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
            assert_ne!(u8::deserialize(input)?, 0, "it was zero");
            Ok(Self)
        }
    }
    struct Insatiable;
    impl<'de> Visitor<'de> for Insatiable {
        type Value = Self;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("more")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
            loop {
                elements.next_element::<u8>()?;
            }
        }
    }
    impl<'de> Deserialize<'de> for Insatiable {
        fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
            input.deserialize_seq(Self)
        }
    }
    struct Silent;
    impl<'de> Deserialize<'de> for Silent {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Self)
        }
    }
    struct Grumpy;
    impl<'de> Deserialize<'de> for Grumpy {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Err(D::Error::custom("never"))
        }
    }
    /// Asks for something else each time.
    struct Fickle;
    impl<'de> Deserialize<'de> for Fickle {
        fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
            use std::sync::atomic::{AtomicUsize, Ordering};
            static TIMES: AtomicUsize = AtomicUsize::new(0);
            let n = TIMES.fetch_add(1, Ordering::Relaxed);
            if n.is_multiple_of(2) {
                u8::deserialize(input)?;
            } else {
                u16::deserialize(input)?;
            }
            Ok(Self)
        }
    }
    assert_eq!(text::<Infinite>(), "struct Infinite { next: Infinite }");
    assert_eq!(
        text::<Neither>(),
        "enum Neither { One(Neither), Other(Neither) }"
    );
    assert_eq!(text::<Never>(), "enum Never {}");
    assert_eq!(text::<Grumpy>(), "unknown");
    assert_eq!(text::<Silent>(), "unknown");
    assert!(text::<Nested>().contains("unknown"));
    assert_eq!(text::<Insatiable>(), "bytes");
    assert_eq!(text::<(u8, Insatiable, u8)>(), "(u8, bytes, unknown)");
    let panics = text::<(u16, Panics, u8)>();
    assert_eq!(panics, "(u16, u8, unknown)");
    assert_eq!(text::<(u8, Fickle, Shape)>(), "(u8, u8, unknown)");
}

#[test]
fn large_types_are_cut() {
    type Ten<T> = (T, T, T, T, T, T, T, T, T, (T,));
    type Thousands = Ten<Ten<Ten<Ten<(u8, u16)>>>>;
    #[derive(Deserialize)]
    #[expect(dead_code)]
    struct Twice<T> {
        one: Vec<T>,
        other: Vec<T>,
    }
    type Four<T> = Twice<Twice<Twice<Twice<T>>>>;
    assert!(text::<Thousands>().len() < 1 << 20);
    let deep = returning::<Four<Four<Four<Four<u16>>>>>();
    assert!(deep.to_string().len() < 1 << 12, "each is spelled out once");
    assert!(deep.hash().is_some());
}
