//! Tests of keep-alive messages and timeouts.

use std::time::Duration;

use super::Pair;
use crate::wire::{MIB, Payload};

#[test]
fn keepalive_goes_at_once_and_then_whenever_nothing_else_went() {
    let mut pair = Pair::new();
    pair.pass(Duration::ZERO);
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server, [5]);
    for _ in 0..3 {
        assert_eq!(pair.client.next_time(), pair.now + Duration::from_secs(9));
        pair.pass(Duration::from_secs(9));
        pair.deliver_requests().unwrap();
    }
    assert_eq!(pair.to_server, [5; 4]);
    // A call in flight does not stand in for it.
    let deadline = pair.now + Duration::from_secs(60);
    pair.client
        .call(
            pair.now,
            Some(deadline),
            "hang",
            &mut Payload::default(),
            None,
            "hang",
        )
        .unwrap();
    pair.deliver_requests().unwrap();
    pair.pass(Duration::from_secs(9));
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server.len(), 6);
}

#[test]
fn at_most_one_keepalive_waits() {
    let mut pair = Pair::new();
    for _ in 0..5 {
        pair.pass(Duration::from_secs(9));
    }
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server, [5]);
}

#[test]
fn idle_connection_ends_but_not_while_a_request_runs() {
    let mut pair = Pair::new();
    let id = pair.call("slow", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.deliver_replies().unwrap();
    pair.now += Duration::from_secs(33);
    assert!(pair.server.end_by_itself(pair.now).is_none());
    pair.answer(id, "slow", Ok(Payload::default()));
    pair.deliver_replies().unwrap();
    pair.now += Duration::from_millis(29_999);
    assert!(pair.server.end_by_itself(pair.now).is_none());
    assert_eq!(
        pair.server.next_time(pair.now),
        pair.now + Duration::from_millis(1)
    );
    pair.now += Duration::from_millis(1);
    assert!(pair.server.end_by_itself(pair.now).is_some());
}

#[test]
fn peer_that_reads_nothing_is_given_up() {
    let mut pair = Pair::announced();
    let id = pair.call("size", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.answer(id, "size", Ok(vec![0; MIB].into()));
    assert!(!pair.server.wants_input());
    pair.now += Duration::from_secs(20);
    let size = pair.server.outbox().datagram().unwrap().len();
    pair.server.outbox().advance(pair.now, size);
    pair.now += Duration::from_secs(20);
    assert!(
        pair.server.end_by_itself(pair.now).is_none(),
        "it made progress"
    );
    pair.now += Duration::from_secs(10);
    assert!(pair.server.end_by_itself(pair.now).is_some());
}

#[test]
fn silence_that_the_server_did_not_see_is_excused_once_until_the_next_message() {
    let mut pair = Pair::new();
    pair.pass(Duration::ZERO);
    pair.deliver_requests().unwrap();
    for _ in 0..2 {
        assert!(!pair.server.excuse_silence(pair.now, || true), "not late");
        pair.now += Duration::from_secs(40);
        assert!(!pair.server.excuse_silence(pair.now, || false), "seen");
        assert!(pair.server.end_by_itself(pair.now).is_some());
        assert!(pair.server.excuse_silence(pair.now, || true));
        assert!(pair.server.end_by_itself(pair.now).is_none());
        // The message that was unread.
        pair.pass(Duration::ZERO);
        pair.deliver_requests().unwrap();
    }
    pair.now += Duration::from_secs(40);
    assert!(pair.server.excuse_silence(pair.now, || true));
    pair.now += Duration::from_secs(30);
    assert!(!pair.server.excuse_silence(pair.now, || true));
    assert!(pair.server.end_by_itself(pair.now).is_some());
}
