//! What of its users' code runs while types are found out, and what does not.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{returning, signature, text};
use crate::call::Method;
use crate::codec::Bincode;
use crate::codegen::typed::ArgumentTuple;

thread_local! {
    /// What has run on this thread.
    static RAN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn note(what: impl Into<String>) {
    RAN.with_borrow_mut(|ran| ran.push(what.into()));
}

/// What runs while this finds types out.
fn ran(find_out: impl FnOnce()) -> Vec<String> {
    RAN.take();
    find_out();
    RAN.take()
}

/// Does something when it is dropped, although none of its parts does.
#[derive(Deserialize)]
struct Job {
    pid: i32,
}

impl Drop for Job {
    fn drop(&mut self) {
        note(format!("killed {}", self.pid));
    }
}

/// Does something when it is dropped, and so do its parts.
#[derive(Deserialize)]
struct Lease {
    path: String,
    pid: i32,
}

impl Drop for Lease {
    fn drop(&mut self) {
        note(format!("removed {} of {}", self.path, self.pid));
    }
}

#[derive(Deserialize)]
#[expect(dead_code)]
struct Plain {
    name: String,
    level: Level,
}

#[derive(Deserialize)]
#[expect(dead_code)]
enum Level {
    Off,
    Low(u8),
}

#[derive(PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(from = "u32")]
struct Percent(u32);

impl From<u32> for Percent {
    fn from(number: u32) -> Self {
        note(format!("converted {number}"));
        Self(number)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "Lease")]
struct Checked;

impl TryFrom<Lease> for Checked {
    type Error = String;

    fn try_from(_: Lease) -> Result<Self, String> {
        note("tried");
        Err("it is made up".to_owned())
    }
}

/// Read by hand: as bytes.
#[derive(Hash, PartialEq, Eq)]
struct ByHand;

impl<'de> Deserialize<'de> for ByHand {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct BytesVisitor;
        impl Visitor<'_> for BytesVisitor {
            type Value = ByHand;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<ByHand, E> {
                note(format!("read {bytes:?}"));
                Ok(ByHand)
            }
        }
        input.deserialize_bytes(BytesVisitor)
    }
}

/// Read by hand: as a sequence, whose elements it looks at.
struct List;

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct ListVisitor;
        impl<'de> Visitor<'de> for ListVisitor {
            type Value = List;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<List, A::Error> {
                while let Some(element) = elements.next_element::<(u8, Plain)>()? {
                    note(format!("saw {}", element.0));
                }
                note("saw the end");
                Ok(List)
            }
        }
        input.deserialize_seq(ListVisitor)
    }
}

/// Makes something of an error.
#[expect(clippy::unnecessary_wraps, reason = "serde calls it")]
fn lenient<'de, D: Deserializer<'de>>(input: D) -> Result<Lease, D::Error> {
    let lease = Lease::deserialize(input);
    Ok(lease.unwrap_or_else(|_| Lease {
        path: "its own".to_owned(),
        pid: 0,
    }))
}

#[derive(Deserialize)]
#[expect(dead_code)]
struct Everything {
    job: Job,
    lease: Lease,
    some: Option<Lease>,
    many: Vec<Job>,
    by_name: HashMap<String, Lease>,
    by_percent: BTreeMap<Percent, Job>,
    percent: Percent,
    checked: Box<Checked>,
    result: Result<Lease, Percent>,
    array: [Lease; 4],
    by_hand: ByHand,
    list: List,
    #[serde(deserialize_with = "lenient")]
    lenient: Lease,
}

#[derive(Deserialize)]
#[expect(dead_code)]
enum Command {
    Kill(Job),
    KillLater(Job, Percent),
    Release(Lease, u8),
    Rename(Lease, Lease),
    Both { job: Job, percent: Percent },
    All(u8, Plain, String, Lease),
}

#[test]
fn no_conversion_runs_and_no_sample_is_dropped() {
    let ran = ran(|| {
        signature::<(Job, Lease, Percent, ByHand), Everything>(&["a", "b", "c", "d"]);
        returning::<Everything>();
        returning::<Command>();
        returning::<(Job, Percent)>();
        returning::<(Percent, Job)>();
        returning::<Vec<(Lease, u8)>>();
        returning::<HashMap<ByHand, (Lease, Plain)>>();
        returning::<Result<Command, Checked>>();
    });
    // What a user has written in place of a value is the user's.
    assert_eq!(ran, Vec::<String>::new());
}

#[test]
fn types_whose_values_must_not_be_made_are_known_all_the_same() {
    const JOB: &str = "struct Job { pid: i32 }";
    const LEASE: &str = "struct Lease { path: str, pid: i32 }";
    const PLAIN: &str = "struct Plain { name: str, level: enum Level { Off, Low(u8) } }";

    assert_eq!(
        text::<Command>(),
        format!(
            "enum Command {{ Kill({JOB}), KillLater(Job, unknown), Release({LEASE}, u8), Rename(Lease, Lease), \
             Both {{ job: Job, percent: u32 }}, All(u8, {PLAIN}, str, Lease) }}"
        )
    );
    assert_eq!(text::<List>(), format!("[(u8, {PLAIN})]"));
    assert_eq!(
        text::<HashMap<ByHand, Percent>>(),
        "Map<bytes, u32>",
        "keys are asked for with their values"
    );
    assert_eq!(text::<Vec<(Percent, u8)>>(), "[(u32, unknown)]");
    let everything = text::<Everything>();
    assert!(!everything.contains("unknown"), "{everything}");
}

#[test]
fn a_method_without_a_signature_leaves_its_types_alone() {
    #[derive(serde::Serialize)]
    enum Moved {
        #[expect(dead_code)]
        #[serde(skip)]
        Hidden,
        Shown,
    }
    static METHOD: Method = Method::without_signature("S.m");
    assert!(!METHOD.is_compared() && !METHOD.is_raw());
    assert_eq!(METHOD.signature().hash(), None);
    assert_eq!(METHOD.signature().to_string(), "fn m() -> unknown");
    let arguments = (Moved::Shown,);
    let data = ArgumentTuple::<Bincode, _>::new(&arguments)
        .write(&METHOD, &["moved"])
        .data;
    assert_eq!(data.unwrap().into_bytes(), [1_u8][..]);
}

/// A tuple struct says what it is by default before it asks for its elements.
#[test]
fn a_default_may_run() {
    #[derive(Deserialize)]
    #[serde(default)]
    struct Pair(Lease, u8);
    impl Default for Pair {
        fn default() -> Self {
            note("made a default");
            let lease = Lease {
                path: "its own".to_owned(),
                pid: 0,
            };
            Self(lease, 0)
        }
    }
    let ran = ran(|| {
        returning::<Pair>();
    });
    assert!(ran.contains(&"made a default".to_owned()), "{ran:?}");
    assert!(
        ran.iter()
            .all(|ran| ran == "made a default" || ran.contains("its own"))
    );
}

/// Its parts do something when they are dropped, so that it cannot be seen to do so itself; and what comes behind it is
/// seen too late.
#[test]
fn a_sample_is_dropped_only_in_front_of_what_has_no_sample() {
    let ran = ran(|| {
        assert_eq!(
            text::<(Lease, Percent, u8)>(),
            "(struct Lease { path: str, pid: i32 }, u32, unknown)"
        );
    });
    assert_eq!(ran, [format!("removed  of {}", i32::MAX)]);
}
