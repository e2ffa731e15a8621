//! Tests of the hello: when it is sent, and what a Go peer receives.

use bytes::Bytes;

use super::{Pair, client_config, server_config};
use crate::proto::{ClientConfig, Event, ServerConfig};
use crate::wire::{ClientMsg, GO_DATAGRAM};

#[test]
fn hello_rides_in_front_of_the_first_call_in_the_same_datagram() {
    let mut pair = Pair::new();
    pair.call("echo", vec![7; 4000]).unwrap();
    let datagram = pair.client.outbox().datagram().unwrap().to_vec();
    let (hello, len) = ClientMsg::decode(&datagram).unwrap().unwrap();
    assert_eq!((hello.handler, hello.id), ("$hello", 0));
    let (call, _) = ClientMsg::decode(&datagram[len..]).unwrap().unwrap();
    assert_eq!((call.handler, call.id), ("echo", 1));
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server.len(), 1);
    assert_eq!(pair.asked.requests.len(), 1);
}

#[test]
fn first_call_that_fills_a_datagram_follows_its_hello() {
    let mut pair = Pair::new();
    pair.call("echo", vec![7; GO_DATAGRAM - 20]).unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server.len(), 2);
    assert_eq!(pair.asked.requests.len(), 1);
}

#[test]
fn hello_is_never_waited_for_and_sent_once() {
    let mut pair = Pair::new();
    for name in ["one", "two", "three"] {
        pair.call(name, "").unwrap();
    }
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server.len(), 1);
    assert_eq!(pair.asked.requests.len(), 3);
}

#[test]
fn hello_of_a_withdrawn_call_rides_with_the_next() {
    let mut pair = Pair::new();
    let id = pair.call("given up", "").unwrap();
    assert!(pair.client.cancel(pair.now, id));
    assert!(!pair.client.has_output());
    pair.call("echo", "").unwrap();
    let datagram = pair.client.outbox().datagram().unwrap().to_vec();
    let (hello, _) = ClientMsg::decode(&datagram).unwrap().unwrap();
    assert_eq!(hello.handler, "$hello");
}

#[test]
fn hello_of_a_withdrawn_call_stays_in_front_of_those_that_follow() {
    let mut pair = Pair::new();
    let first = pair.call("given up", "").unwrap();
    let second = pair.call("echo", "").unwrap();
    assert!(pair.client.cancel(pair.now, first));
    let datagram = pair.client.outbox().datagram().unwrap().to_vec();
    let (hello, len) = ClientMsg::decode(&datagram).unwrap().unwrap();
    assert_eq!(hello.handler, "$hello");
    let (call, _) = ClientMsg::decode(&datagram[len..]).unwrap().unwrap();
    assert_eq!((call.handler, call.id), ("echo", second));
    assert!(pair.client.cancel(pair.now, second));
    assert!(!pair.client.has_output(), "the hello alone does not leave");
    let third = pair.call("echo", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.asked.requests.len(), 1);
    pair.deliver_replies().unwrap();
    assert!(pair.client.cancel(pair.now, third));
    assert!(pair.client.has_output(), "an announced server is told");
}

#[test]
fn unannounced_client_never_sees_an_extension() {
    let config = ClientConfig {
        announce: false,
        ..client_config()
    };
    let mut pair = Pair::with(config, server_config());
    let id = pair.call("echo", "data").unwrap();
    assert_eq!(
        pair.client.outbox().datagram().unwrap().to_vec(),
        b"\x0c\x01\x01\x04echo\x04data"
    );
    pair.deliver_requests().unwrap();
    pair.server.drain(pair.now);
    pair.server.say_bye(pair.now);
    pair.answer(id, "echo", Ok(Bytes::from("data").into()));
    assert_eq!(
        pair.server.outbox().datagram().unwrap().to_vec(),
        b"\x07\x01\x01\x04data"
    );
}

#[test]
fn unannounced_server_gets_no_cancel_and_no_bye() {
    let server = ServerConfig {
        announce: false,
        ..server_config()
    };
    let mut pair = Pair::with(client_config(), server);
    let id = pair.call("hang", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.deliver_replies(), Ok(Event::None));
    assert!(pair.client.cancel(pair.now, id));
    pair.client.close(pair.now, &mut Vec::new());
    assert!(!pair.client.has_output());
}
