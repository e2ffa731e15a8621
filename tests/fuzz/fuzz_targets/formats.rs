//! Values ⇄ JSON and MessagePack. Whitespace, the order of fields and the width of numbers are free. So
//! a decoded value need not encode to the input, but to bytes that decode to the same value.

#![no_main]

use std::collections::BTreeMap;

use domainsockets::codec::{Codec, Json, MessagePack};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};

fuzz_target!(|input: &[u8]| {
    check::<Json>(input);
    check::<MessagePack>(input);
});

/// A type with everything that serde's data model has.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Value {
    Unit,
    Truth(bool, char),
    Small(u8, i8, u16, i16, u32, i32),
    Large {
        unsigned: u128,
        signed: i128,
        pair: (u64, i64),
    },
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Self>),
    Map(BTreeMap<String, Option<Self>>),
    Outcome(Result<Box<Self>, [u8; 3]>),
    Endless(Endless),
}

/// A type that nests, and whose levels take no byte.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Endless(Option<Box<Self>>);

fn check<X: Codec>(input: &[u8]) {
    let Ok(value) = X::decode::<Value>(input) else {
        return;
    };
    let mut encoded = Vec::new();
    X::encode(&value, &mut encoded).expect("the value has an encoding");
    let again = X::decode::<Value>(&encoded).expect("what was encoded decodes");
    assert_eq!(again, value);
    encoded.pop();
    assert!(
        X::decode::<Value>(&encoded).is_err(),
        "decoded without its last byte"
    );
}
