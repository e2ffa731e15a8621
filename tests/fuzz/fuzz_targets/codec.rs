//! Values ⇄ payload, through a generated stub and a carrier in memory.
//!
//! A stub decodes a reply as it does any payload, so the input is the reply. Integers may be longer than
//! necessary. So a decoded value need not encode to the input, but never to more bytes.

#![no_main]

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use domainsockets::{Bytes, Call, Carrier, Error, Reply, service};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};

fuzz_target!(|input: &[u8]| {
    let data = Bytes::copy_from_slice(input);
    let Some(value) = received(&data) else {
        return;
    };
    let encoded = sent(&value);
    assert!(encoded.len() <= data.len());
    let again = received(&encoded).expect("what was encoded decodes");
    assert_eq!(again, value);
    assert_eq!(sent(&again), encoded);

    let missing = encoded.slice(..encoded.len() - 1);
    assert_eq!(received(&missing), None, "decoded without its last byte");
    let leftover = [&encoded[..], b"\x00"].concat();
    assert_eq!(
        received(&leftover.into()),
        None,
        "decoded with a byte left over"
    );
});

/// A type with everything that serde's data model has.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
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
    List(Vec<Option<u16>>),
    Map(BTreeMap<String, Vec<String>>),
    Outcome(Result<Box<Value>, [u8; 3]>),
}

#[service]
pub trait Probe {
    async fn send(&self, value: &Value);
    async fn receive(&self) -> Value;
}

/// A carrier that answers every call with `reply`, and keeps the data of the last request.
struct Memory {
    reply: Bytes,
    request: Mutex<Bytes>,
}

impl Carrier for Memory {
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        *self.request.lock().expect("no thread panics") = call.data.into_bytes();
        Ok(self.reply.clone().into())
    }
}

/// Encodes a value as an argument: a tuple of one, which adds no bytes.
fn sent(value: &Value) -> Bytes {
    let carrier = Memory {
        reply: Bytes::new(),
        request: Mutex::default(),
    };
    let stub = ProbeClient::new(&carrier);
    now(stub.send(value)).expect("the value has an encoding");
    carrier.request.into_inner().expect("no thread panics")
}

/// Decodes data as a reply.
fn received(data: &Bytes) -> Option<Value> {
    let carrier = Memory {
        reply: data.clone(),
        request: Mutex::default(),
    };
    let received = now(ProbeClient::new(&carrier).receive());
    match received {
        Ok(value) => Some(value),
        Err(Error::Codec(_)) => None,
        Err(other) => panic!("{other}"),
    }
}

/// Returns the result of a future that must be ready at once.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future must be ready"),
    }
}
