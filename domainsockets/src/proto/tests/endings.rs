//! How calls and connections end.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;

use super::{Pair, error_text, reply};
use crate::proto::{Event, Outcome, Refused};
use crate::wire::{Cause, Payload, ServerMsg, ServerMsgType};

#[test]
fn cancelled_call_stops_at_the_server_and_its_late_reply_is_dropped() {
    let mut pair = Pair::announced();
    let id = pair.call("hang", "").unwrap();
    pair.deliver_requests().unwrap();
    assert!(pair.client.cancel(pair.now, id));
    assert!(!pair.client.cancel(pair.now, id));
    // The reply was on its way when the cancellation left.
    pair.server
        .reply(pair.now, id, "hang", Ok(Bytes::from("late").into()));
    pair.deliver_replies().unwrap();
    pair.deliver_requests().unwrap();
    assert!(pair.done.is_empty());
    assert!(pair.server.take_running().is_empty());
}

#[test]
fn withdrawn_call_never_reaches_the_server() {
    let mut pair = Pair::announced();
    let id = pair.call("count", "").unwrap();
    assert!(pair.client.cancel(pair.now, id));
    pair.deliver_requests().unwrap();
    assert!(pair.to_server.is_empty());
}

#[test]
fn deadline_ends_the_call_and_cancels_it() {
    let mut pair = Pair::announced();
    pair.call("hang", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.client.next_time(), pair.now + Duration::from_secs(5));
    pair.pass(Duration::from_millis(4999));
    assert!(pair.done.is_empty());
    pair.pass(Duration::from_millis(1));
    assert_eq!(pair.only_outcome(), Outcome::Expired);
    pair.deliver_requests().unwrap();
    assert!(pair.server.take_running().is_empty());
}

#[test]
fn deadline_that_has_passed_sends_nothing() {
    let mut pair = Pair::new();
    let call = pair.client.call(
        pair.now,
        Some(pair.now),
        "x",
        &mut Payload::default(),
        None,
        "x",
    );
    assert_eq!(call, Err(Refused::Expired));
    assert!(!pair.client.has_output());
}

#[test]
fn draining_server_finishes_what_runs_and_refuses_the_rest() {
    let mut pair = Pair::announced();
    let running = pair.call("slow", "").unwrap();
    pair.deliver_requests().unwrap();
    let on_its_way = pair.call("late", "").unwrap();
    pair.server.drain(pair.now);
    pair.deliver_requests().unwrap();
    pair.deliver_replies().unwrap();
    let outcome = pair.only_outcome();
    assert_eq!(
        Cause::parse(error_text(&outcome), "late", true),
        Cause::ShuttingDown
    );
    assert_ne!(running, on_its_way);
    // The client knows by now.
    assert_eq!(pair.call("later", ""), Err(Refused::ShuttingDown));
    assert!(pair.server.end_by_itself(pair.now).is_none());
    pair.answer(running, "slow", Ok(Bytes::from("done").into()));
    pair.deliver_replies().unwrap();
    assert_eq!(pair.only_outcome(), reply("done"));
    assert!(pair.server.end_by_itself(pair.now).is_some());
}

#[test]
fn goodbyes_are_heard() {
    let mut pair = Pair::announced();
    pair.server.say_bye(pair.now);
    assert_eq!(pair.deliver_replies(), Ok(Event::Bye));
    pair.client.say_bye(pair.now);
    pair.deliver_requests().unwrap();
    assert!(pair.asked.bye);
}

#[test]
fn disconnected_calls_know_whether_they_may_have_run() {
    let mut pair = Pair::announced();
    pair.call("sent", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.call("waiting", "").unwrap();
    let mut done = Vec::new();
    pair.client.disconnect(None, &mut done);
    let outcomes: HashMap<_, _> = done.into_iter().collect();
    assert_eq!(
        outcomes["sent"],
        Outcome::Disconnected { may_have_run: true }
    );
    assert_eq!(
        outcomes["waiting"],
        Outcome::Disconnected {
            may_have_run: false
        }
    );
    assert!(!pair.client.has_output());
}

#[test]
fn replies_that_nobody_waits_for_are_ignored() {
    let mut pair = Pair::announced();
    pair.call("echo", "").unwrap();
    let mut bytes = Vec::new();
    for id in 1000..11_000 {
        ServerMsg {
            id,
            kind: ServerMsgType::Data,
            data: b"stray",
        }
        .encode(&mut bytes);
    }
    assert_eq!(
        pair.client
            .receive(pair.now, &mut pair.replies, &bytes, &mut pair.done),
        Ok(Event::None)
    );
    assert!(pair.done.is_empty());
}

#[test]
fn replies_come_in_any_order() {
    let mut pair = Pair::announced();
    let ids: Vec<_> = ["a", "b", "c"]
        .map(|name| (pair.call(name, "").unwrap(), name))
        .into();
    pair.deliver_requests().unwrap();
    for (id, name) in ids.iter().rev() {
        pair.answer(*id, name, Ok(Bytes::from(*name).into()));
    }
    pair.deliver_replies().unwrap();
    let ended: Vec<_> = pair.done.drain(..).collect();
    assert_eq!(
        ended,
        [("c", reply("c")), ("b", reply("b")), ("a", reply("a"))]
    );
}
