//! Tests of one-way calls.

use bytes::Bytes;

use super::{Pair, error_text, reply};
use crate::proto::Outcome;
use crate::wire::{Cause, Payload};

/// Begins a one-way call that something is learned from.
fn send(pair: &mut Pair, name: &'static str, data: impl Into<Payload<'static>>) -> u64 {
    let id = pair.call(name, data).unwrap();
    pair.client.complete_when_sent(id, Some(()));
    id
}

/// Completes the one-way calls that were sent, and returns all outcomes.
fn outcomes(pair: &mut Pair) -> Vec<(&'static str, Outcome)> {
    if pair.client.has_sent() {
        let Pair { client, done, .. } = pair;
        client.complete_sent(|name| done.push((name, Outcome::Sent)));
    }
    std::mem::take(&mut pair.done)
}

#[test]
fn a_one_way_call_is_complete_when_its_last_byte_was_sent() {
    let mut pair = Pair::announced();
    let id = send(&mut pair, "note", vec![7; 200_000]);
    let size = pair.client.outbox().len();
    pair.client.outbox().advance(pair.now, size - 1);
    assert_eq!(outcomes(&mut pair), []);
    pair.client.outbox().advance(pair.now, 1);
    assert_eq!(outcomes(&mut pair), [("note", Outcome::Sent)]);
    assert_eq!(pair.client.in_flight(), 1, "until it is answered");
    assert!(pair.client.cancel(pair.now, id));
}

#[test]
fn a_reply_to_a_one_way_call_is_discarded_after_it_was_learned_from() {
    let mut pair = Pair::announced();
    let id = send(&mut pair, "note", "");
    let other = pair.call("call", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(outcomes(&mut pair), [("note", Outcome::Sent)]);
    pair.answer(id, "note", Err(Cause::Handler("full".to_owned())));
    pair.answer(other, "call", Ok(Bytes::from("done").into()));
    pair.deliver_replies().unwrap();
    assert_eq!(outcomes(&mut pair), [("call", reply("done"))]);
    let learned = std::mem::take(pair.client.discarded());
    assert_eq!(learned.len(), 1);
    assert!(error_text(&learned[0].1).contains("full"));
    assert_eq!(pair.client.in_flight(), 0);
    assert_eq!(pair.client.stray_replies(), 0);
}

#[test]
fn a_one_way_call_that_was_sent_expires_and_ends_without_a_word() {
    let mut pair = Pair::announced();
    send(&mut pair, "expires", "");
    pair.deliver_requests().unwrap();
    assert_eq!(outcomes(&mut pair), [("expires", Outcome::Sent)]);
    pair.pass(std::time::Duration::from_secs(5));
    assert_eq!((outcomes(&mut pair), pair.client.in_flight()), (vec![], 0));
    assert!(pair.client.has_output(), "the server is told");

    send(&mut pair, "ends", "");
    pair.deliver_requests().unwrap();
    let unsent = send(&mut pair, "unsent", "");
    let mut done = Vec::new();
    pair.client.disconnect(None, &mut done);
    let cut = Outcome::Disconnected {
        may_have_run: false,
    };
    assert_eq!(done, [("ends", Outcome::Sent), ("unsent", cut)]);
    assert!(!pair.client.cancel(pair.now, unsent), "it has ended");
}

#[test]
fn a_one_way_call_that_is_cancelled_before_it_is_sent_never_leaves() {
    let mut pair = Pair::announced();
    let id = send(&mut pair, "note", "");
    assert!(pair.client.cancel(pair.now, id));
    pair.deliver_requests().unwrap();
    assert_eq!(outcomes(&mut pair), []);
    assert!(pair.asked.requests.is_empty());
}
