//! Tests of size limits: of datagrams, messages and peers.

use bytes::Bytes;

use super::{MAX_MESSAGE_SIZE, Pair, client_config, error_text, reply, server_config};
use crate::proto::{CallRefused, ClientConfig, Outcome, ServerConfig};
use crate::wire::{Cause, GO_DATAGRAM, ServerMsgType};

#[test]
fn reply_over_a_go_window_becomes_an_error_that_names_both_sizes() {
    let config = ClientConfig {
        announce: false,
        ..client_config()
    };
    let mut pair = Pair::with(config, server_config());
    let id = pair.call("size", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.answer(id, "size", Ok(vec![0; 10_000].into()));
    pair.deliver_replies().unwrap();
    let outcome = pair.only_outcome();
    let text = error_text(&outcome);
    assert!(text.starts_with("handler(size) error: "), "{text}");
    assert!(text.contains("10000") && text.contains("4096"), "{text}");

    // The largest that fits: one datagram holds the header of six bytes and the rest.
    for (size, fits) in [(GO_DATAGRAM - 6, true), (GO_DATAGRAM - 5, false)] {
        let id = pair.call("size", "").unwrap();
        pair.deliver_requests().unwrap();
        pair.to_client.clear();
        pair.answer(id, "size", Ok(vec![0; size].into()));
        pair.deliver_replies().unwrap();
        let whole = matches!(
            pair.only_outcome(),
            Outcome::Reply {
                kind: ServerMsgType::Data,
                ..
            }
        );
        assert_eq!(whole, fits, "{size} bytes");
        assert!(pair.to_client.iter().all(|size| *size <= GO_DATAGRAM));
    }
}

#[test]
fn announced_peers_exchange_large_messages_in_large_datagrams() {
    let mut pair = Pair::announced();
    let data = Bytes::from(vec![5; 1_000_000]);
    let id = pair.call("echo", data.clone()).unwrap();
    pair.deliver_requests().unwrap();
    // The first is cut such that the others begin a page.
    assert!(
        (16..=17).contains(&pair.to_server.len()),
        "{:?}",
        pair.to_server
    );
    assert!(pair.to_server[1..15].iter().all(|size| *size == 65_536));
    assert_eq!(pair.asked.requests[0].2, data);
    pair.answer(id, "echo", Ok(data.clone().into()));
    pair.deliver_replies().unwrap();
    assert!(
        (16..=17).contains(&pair.to_client.len()),
        "{:?}",
        pair.to_client
    );
    assert_eq!(pair.only_outcome(), reply(data));
}

#[test]
fn large_request_to_an_unannounced_server_goes_in_small_datagrams() {
    let mut pair = Pair::new();
    let data = Bytes::from(vec![5; 1_000_000]);
    pair.call("echo", data.clone()).unwrap();
    pair.deliver_requests().unwrap();
    assert!(pair.to_server.iter().all(|size| *size <= GO_DATAGRAM));
    assert_eq!(pair.asked.requests[0].2, data);
}

#[test]
fn datagrams_shrink_to_what_every_peer_reads_and_no_further() {
    let mut pair = Pair::announced();
    let mut shrunk = 0;
    while pair.client.outbox().shrink_datagrams() {
        shrunk += 1;
    }
    assert_eq!(shrunk, 4);
    pair.call("echo", vec![0; 10_000]).unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(
        pair.to_server,
        [GO_DATAGRAM, GO_DATAGRAM, 10_011 - 2 * GO_DATAGRAM]
    );
}

#[test]
fn over_a_limit_is_refused_before_it_is_sent() {
    let mut pair = Pair::new();
    let size = MAX_MESSAGE_SIZE + 1;
    let refused = CallRefused::TooLarge {
        size,
        limit: MAX_MESSAGE_SIZE,
    };
    assert_eq!(pair.call("echo", vec![0; size]), Err(refused));
    assert!(!pair.client.has_output());

    // What the server announces counts too.
    let server = ServerConfig {
        max_message_size: 10,
        ..server_config()
    };
    let mut pair = Pair::with(client_config(), server);
    pair.call("echo", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.deliver_replies().unwrap();
    let refused = CallRefused::TooLarge {
        size: 11,
        limit: 10,
    };
    assert_eq!(pair.call("echo", vec![0; 11]), Err(refused));
}

#[test]
fn reply_over_the_limit_becomes_an_error_reply() {
    let mut pair = Pair::announced();
    let id = pair.call("size", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.answer(id, "size", Ok(vec![0; MAX_MESSAGE_SIZE + 1].into()));
    pair.deliver_replies().unwrap();
    let outcome = pair.only_outcome();
    assert_eq!(
        Cause::parse(error_text(&outcome), "size", true),
        Cause::TooLarge {
            size: MAX_MESSAGE_SIZE + 1,
            limit: MAX_MESSAGE_SIZE
        }
    );
}
