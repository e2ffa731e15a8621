//! Tests of the ends of calls and connections.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;

use super::{Asked, Pair, error_text, reply};
use crate::proto::{CallRefused, Event, LINGER, Outcome, ServerConnection};
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
        .reply(pair.now, id, "hang", Ok(&mut Bytes::from("late").into()));
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
    assert_eq!(call, Err(CallRefused::Expired));
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
    assert_eq!(pair.call("later", ""), Err(CallRefused::ShuttingDown));
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
    pair.client.close(pair.now, &mut Vec::new());
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
fn a_closed_connection_begins_no_call_and_lingers_until_its_goodbye_is_sent() {
    let mut pair = Pair::announced();
    assert!(pair.client.is_usable() && !pair.client.is_over(pair.now));
    pair.client.close(pair.now, &mut Vec::new());
    assert_eq!(pair.call("late", ""), Err(CallRefused::Disconnected));
    assert!(!pair.client.is_usable() && pair.client.may_send());
    assert!(!pair.client.is_over(pair.now), "the goodbye is queued");
    assert!(pair.client.next_time() <= pair.now + LINGER);
    assert!(pair.client.is_over(pair.now + LINGER), "in any case");
    pair.deliver_requests().unwrap();
    assert!(pair.asked.bye && pair.client.is_over(pair.now));
}

#[test]
fn a_lost_connection_begins_no_call_and_sends_nothing() {
    let mut pair = Pair::announced();
    pair.call("sent", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.client.lose();
    assert_eq!(pair.call("late", ""), Err(CallRefused::Disconnected));
    assert!(pair.client.is_over(pair.now) && !pair.client.may_send());
    assert!(
        !pair.client.is_closed(),
        "its reply may have been sent before"
    );
    pair.client.close(pair.now, &mut Vec::new());
    assert!(!pair.client.has_output(), "no goodbye");
    let (id, handler) = (pair.asked.requests[0].0, "sent");
    pair.answer(id, handler, Ok(Payload::default()));
    pair.deliver_replies().unwrap();
    assert_eq!(pair.only_outcome(), reply(""));
    let mut done = Vec::new();
    pair.client.disconnect(None, &mut done);
    pair.client.lose();
    assert!(pair.client.is_closed(), "it is never open again");
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

#[test]
fn an_evicted_connection_stays_if_the_client_has_sent_something() {
    let mut pair = Pair::new();
    assert!(pair.server.evict());
    assert!(!pair.server.is_open() && !pair.server.has_ended());
    pair.server.settle_eviction(|| true);
    assert!(pair.server.is_open());
    pair.server
        .settle_eviction(|| panic!("nothing is asked for"));
    assert!(pair.server.evict());
    pair.server.settle_eviction(|| false);
    assert!(pair.server.has_ended() && !pair.server.may_send());
}

#[test]
fn requests_that_were_received_before_a_drain_are_admitted() {
    let mut pair = Pair::announced();
    pair.server.request_drain();
    assert!(pair.server.is_drain_requested());
    let id = pair.call("before", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.asked.requests[0].0, id);
    assert!(!pair.server.is_finished(), "it drains only afterwards");
    pair.server.drain(pair.now);
    assert!(!pair.server.is_drain_requested() && !pair.server.evict());
    pair.answer(id, "before", Ok(Payload::default()));
    pair.deliver_replies().unwrap();
    assert!(pair.server.is_finished());
}

#[test]
fn how_a_connection_ends_decides_what_its_client_is_sent() {
    let server = |end: fn(&mut ServerConnection<u64>)| {
        let mut pair = Pair::announced();
        end(&mut pair.server);
        assert!(pair.server.has_ended() && !pair.server.is_open());
        assert!(!pair.server.wants_input());
        (pair.server.answers_stopped(), pair.server.may_send())
    };
    assert_eq!(server(ServerConnection::end_orderly), (true, true));
    assert_eq!(server(ServerConnection::violate), (false, true));
    assert_eq!(server(ServerConnection::abandon), (false, false));
    // A client that is gone stays gone.
    let gone = server(|server| {
        server.abandon();
        server.end_orderly();
        server.violate();
    });
    assert_eq!(gone, (false, false));
}

#[test]
fn a_lost_client_is_sent_nothing_and_its_requests_are_admitted() {
    let mut pair = Pair::announced();
    let first = pair.call("first", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.answer(first, "first", Ok(Bytes::from("lost").into()));
    pair.call("second", "").unwrap();
    pair.server.lose(pair.now);
    assert!(pair.server.is_lost() && pair.server.outbox().is_empty());
    assert!(!pair.server.may_send() && !pair.server.is_open() && !pair.server.has_ended());
    assert!(pair.server.wants_input());
    pair.asked = Asked::default();
    pair.deliver_requests().unwrap();
    let (second, ..) = pair.asked.requests[0];
    pair.answer(second, "second", Ok(Bytes::from("lost").into()));
    pair.server.say_bye(pair.now);
    assert!(pair.server.outbox().is_empty());
    assert!(pair.server.end_by_itself(pair.now).is_none());
    let end = pair.now + Duration::from_secs(30);
    assert!(pair.server.next_time(pair.now) <= end);
    assert!(pair.server.end_by_itself(end).is_some());
    // The server's own end does not make it answer.
    pair.server.end_orderly();
    assert!(pair.server.has_ended() && !pair.server.may_send());
    // Nothing is read of a client that is refused already.
    let mut pair = Pair::announced();
    pair.server.drain(pair.now);
    pair.server.lose(pair.now);
    assert!(pair.server.has_ended() && !pair.server.may_send());
}
