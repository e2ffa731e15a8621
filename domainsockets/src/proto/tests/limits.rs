//! Tests of the limit of requests in flight.

use std::time::Instant;

use bytes::Bytes;

use super::{Pair, error_text, server_config};
use crate::proto::{Admission, ServerConnection};
use crate::wire::{Cause, Payload, ServerMsg};

#[test]
fn nothing_is_read_while_cancelled_handlers_take_the_places() {
    let mut server = ServerConnection::new(server_config().into(), Instant::now());
    for id in 0..3 {
        assert_eq!(server.admit(Instant::now(), id, "hang"), Admission::Run);
        server.begin(id, id);
    }
    assert!(server.wants_input(), "a cancellation may come");
    assert_eq!(server.cancel(&[1]), Ok(vec![1]));
    assert!(!server.wants_input());
    server.end(Instant::now(), 1);
    assert!(server.wants_input());
    assert_eq!(server.admit(Instant::now(), 3, "hang"), Admission::Run);
}

#[test]
fn requests_over_the_limit_are_refused_until_one_ends() {
    let mut pair = Pair::announced();
    let first = pair.call("a", "").unwrap();
    for name in ["b", "c", "d"] {
        pair.call(name, "").unwrap();
    }
    pair.deliver_requests().unwrap();
    assert_eq!(pair.asked.requests.len(), 3);
    pair.deliver_replies().unwrap();
    let outcome = pair.only_outcome();
    assert_eq!(
        Cause::parse(error_text(&outcome), "d", true),
        Cause::Overloaded("the limit of 3 requests in flight for one connection".to_owned())
    );
    pair.answer(first, "a", Ok(Payload::default()));
    pair.call("e", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.asked.requests.len(), 4);
}

#[test]
fn id_that_runs_already_stops_the_reading_and_the_first_is_answered() {
    let mut pair = Pair::new();
    let request = b"\x07\x05\x01\x04slow\x00";
    let mut twice = Vec::from(&b"\x08"[..]);
    twice.extend(&request[1..]);
    pair.take(&twice).unwrap();
    pair.take(&twice).unwrap();
    assert_eq!(pair.asked.duplicates, [5]);
    assert!(!pair.server.wants_input());
    assert!(pair.server.end_by_itself(pair.now).is_none());
    pair.answer(5, "slow", Ok(Bytes::from("once").into()));
    let bytes = pair.server.outbox().datagram().unwrap().to_vec();
    let (message, len) = ServerMsg::decode(&bytes).unwrap().unwrap();
    assert_eq!(
        (message.id, message.data, len),
        (5, &b"once"[..], bytes.len())
    );
    pair.server.outbox().advance(pair.now, bytes.len());
    assert!(pair.server.end_by_itself(pair.now).is_some());
}
