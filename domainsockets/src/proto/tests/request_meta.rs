//! Tests of deadlines and metadata of requests.

use std::time::Duration;

use super::{Pair, client_config, server_config};
use crate::proto::ClientConfig;
use crate::wire::Payload;

#[test]
fn meta_is_of_the_call_behind_it_alone() {
    let mut pair = Pair::announced();
    pair.to_server.clear();
    pair.asked.metas.clear();
    let said = Duration::from_millis(200);
    pair.call_saying("said", Vec::new(), said);
    pair.call("unsaid", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server.len(), 1, "all in one datagram");
    let deadlines: Vec<_> = pair
        .asked
        .metas
        .iter()
        .map(|meta| meta.as_ref().and_then(|meta| meta.deadline))
        .collect();
    assert_eq!(deadlines, [Some(pair.now + said), None]);
}

#[test]
fn meta_of_a_refused_call_is_not_the_next_ones() {
    let mut pair = Pair::announced();
    pair.asked.metas.clear();
    for name in ["a", "b", "c", "refused"] {
        pair.call_saying(name, Vec::new(), Duration::from_secs(1));
    }
    pair.deliver_requests().unwrap();
    pair.answer(1, "a", Ok(Payload::default()));
    pair.call("plain", "").unwrap();
    pair.deliver_requests().unwrap();
    let said: Vec<_> = pair.asked.metas.iter().map(Option::is_some).collect();
    assert_eq!(said, [true, true, true, true, false]);
}

#[test]
fn meta_is_taken_back_with_its_call() {
    let mut pair = Pair::announced();
    pair.asked.metas.clear();
    let given_up = pair.call_saying("given up", Vec::new(), Duration::from_secs(1));
    pair.call("plain", "").unwrap();
    pair.client.cancel(pair.now, given_up);
    pair.deliver_requests().unwrap();
    assert_eq!(pair.asked.metas.len(), 1);
    assert!(pair.asked.metas[0].is_none());

    // Once it has begun to leave, all of it does, so that it is no other call's.
    let given_up = pair.call_saying("given up", vec![0; 200_000], Duration::from_secs(1));
    let datagram = pair.client.outbox().datagram().unwrap().to_vec();
    pair.client.outbox().advance(pair.now, datagram.len());
    pair.take(&datagram).unwrap();
    pair.client.cancel(pair.now, given_up);
    pair.call("plain", "").unwrap();
    pair.deliver_requests().unwrap();
    let said: Vec<_> = pair.asked.metas[1..].iter().map(Option::is_some).collect();
    assert_eq!(said, [true, false]);
}

#[test]
fn unannounced_client_says_nothing_in_front() {
    let config = ClientConfig {
        announce: false,
        ..client_config()
    };
    let mut pair = Pair::with(config, server_config());
    pair.call_saying("echo", Vec::new(), Duration::from_secs(1));
    pair.deliver_requests().unwrap();
    assert!(pair.asked.metas[0].is_none());
}
