//! Malformed requests of a client.

use std::process::Command;
use std::time::{Duration, Instant};

use domainsockets::{Client, Server};
use tests::foreign_process::{ForeignProcess, Sent};
use tests::handshake::Handshake;
use tests::process::Process;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::{ClientMsg, ServerMsg, pattern, put_varint};

use crate::other_users::foreign_process;
use crate::support::{MAX_MESSAGE_SIZE, Pair, QUIET, SOON, in_time, peer};

#[test]
fn m03_oversized_total_closes_the_connection() {
    // The limit for data, plus what a codec's lengths and names may add.
    let total = MAX_MESSAGE_SIZE as u64 + 65_536 + 4096;
    let fields = [varint(total), vec![7, 1, 4], b"echo".to_vec()].concat();
    closes_the_connection(&[&fields]);
    stays_small(&fields);
}

#[test]
fn m04_huge_handler_length_closes_the_connection() {
    let fields = [vec![11, 0, 1], varint(1 << 62)].concat();
    assert_eq!(fields.len(), 12);
    closes_the_connection(&[&fields]);
    stays_small(&fields);
}

#[test]
fn m05_huge_data_length_closes_the_connection() {
    let fields = [vec![12, 0, 1, 4], b"echo".to_vec(), varint(6 << 30)].concat();
    assert_eq!(fields.len(), 13);
    closes_the_connection(&[&fields]);
    stays_small(&fields);
}

#[test]
fn m06_lengths_beyond_the_total_close_the_connection() {
    let handler = [&[8, 0, 1, 200, 1][..], b"count"].concat();
    let data = [&[9, 0, 1, 5][..], b"count", &[9, 0]].concat();
    // More bytes follow that fit the claimed lengths.
    let more = pattern(400);
    closes_the_connection(&[&handler, &more]);
    closes_the_connection(&[&data, &more]);
    // The message ends before the length of its data.
    closes_the_connection(&[&[&[8, 0, 1, 5][..], b"count", &more].concat()]);
    closes_the_connection(&[&[0]]);
}

#[test]
fn m07_lengths_short_of_the_total_close_the_connection() {
    // The surplus bytes look like a request, and must not run as one.
    let inner = ClientMsg::request(2, "count", b"").encode();
    for (kind, handler) in [(1, "count"), (0, ""), (0, "$hello")] {
        let mut outer = ClientMsg::request(1, handler, b"");
        outer.kind = kind;
        let mut fields = outer.encode();
        fields[0] += u8::try_from(inner.len()).unwrap();
        closes_the_connection(&[&fields, &inner]);
        fields.extend_from_slice(&inner);
        closes_the_connection(&[&fields]);
    }
}

#[test]
fn m08_unknown_type_closes_the_connection() {
    for kind in [2, 127, 1 << 63] {
        let mut request = ClientMsg::request(1, "count", b"");
        request.kind = kind;
        closes_the_connection(&[&request.encode()]);
    }
}

#[test]
fn m08_malformed_varint_closes_the_connection() {
    // Eleven bytes; ten bytes with a value over 64 bits; and one value that is not in its shortest form.
    closes_the_connection(&[&[0xff; 11]]);
    closes_the_connection(&[&[&[12][..], &[0xff; 10], &[1, 0]].concat()]);
    closes_the_connection(&[&[5, 0x80, 0, 0, 0, 0]]);
}

#[test]
fn m09_handler_name_that_is_not_utf8_closes_the_connection() {
    let mut request = ClientMsg::request(1, "", b"x");
    request.handler = vec![0xff, 0xfe];
    closes_the_connection(&[&request.encode()]);
}

#[test]
fn m10_keep_alive_with_a_payload_is_ignored() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let mut raw = RawClient::connect(&pair.path());
        for handler in ["count", "$later", "", "nobody"] {
            let mut keepalive = ClientMsg::request(3, handler, &pattern(1024));
            keepalive.kind = 0;
            raw.send(&keepalive.encode());
        }
        // The first message received is the reply to the request that follows.
        assert_eq!(raw.call(4, "echo", b"on"), ServerMsg::reply(4, b"on"));
        assert_eq!(raw.receive(QUIET), None);
        assert_eq!(pair.probe.counted(), 0);
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn m11_unfinished_message_is_dropped_with_its_idle_client() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().idle_timeout(Duration::from_millis(300));
            builder.bind(path).unwrap()
        })
        .await;
        let connections = |expected| {
            watchdog::eventually(SOON, "connections", || {
                pair.server.stats().connections == expected
            });
        };
        drop(pair.client);
        connections(0);
        let raw = RawClient::connect(pair.server.path());
        raw.send(&ClientMsg::request(1, "count", &pattern(100)).encode()[..50]);
        connections(1);
        drop(raw);
        connections(0);
        let scratch = &pair.scratch;
        watchdog::eventually(SOON, "freed", || scratch.bound_sockets().len() == 1);
        assert_eq!(pair.probe.counted(), 0);
        pair.server.close().await.unwrap();
        pair.scratch.leak_check();
    });
}

/// The server does not wait for the rest of a message whose sender has died.
#[test]
fn m11_unfinished_message_is_dropped_with_its_killed_client() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let half = &ClientMsg::request(1, "count", &pattern(100)).encode()[..50];
        in_time(Duration::from_millis(250), || async {
            let mut attacker = ForeignProcess::start(&mut Command::new(foreign_process()));
            attacker.dial(&pair.path(), 1).unwrap();
            assert_eq!(attacker.send(half, 1), Sent::all(1));
            // With the handshake by files, the server removes its file once it has read the datagram.
            watchdog::eventually(SOON, "begun", || {
                let files = pair.scratch.files();
                files.len() <= Handshake::current().either(1, 2)
                    && pair.server.stats().connections == 2
            });
            let killed = Instant::now();
            drop(attacker);
            watchdog::eventually(SOON, "freed", || pair.server.stats().connections == 1);
            killed.elapsed()
        })
        .await;
        assert_eq!(pair.probe.counted(), 0);
        pair.acquaint().await;
        pair.scratch.remove_all_but("server");
        pair.end().await;
    });
}

#[test]
fn m17_second_request_with_an_id_is_refused() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let mut raw = RawClient::connect(&pair.path());
        raw.request(5, "sleep", b"200");
        raw.request(5, "sleep", b"201");
        // The server refuses the second request with an error for its id or by closing the connection.
        let mut answers = Vec::new();
        let end = Instant::now() + SOON;
        while answers.len() < 2 && !raw.is_closed_within(Duration::ZERO) && Instant::now() < end {
            answers.extend(raw.message(QUIET));
        }
        answers.extend(raw.message(QUIET));
        let finished: Vec<_> = answers.iter().filter(|answer| answer.kind == 1).collect();
        assert_eq!(finished, [&ServerMsg::reply(5, b"200")]);
        assert!(
            answers.len() == 2 || raw.is_closed_within(SOON),
            "{answers:?}"
        );
        assert_eq!(pair.probe.finished(), 1);
        assert_eq!(pair.client.call("echo", "on").await.unwrap(), "on");
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn m18_oversized_datagram_of_a_rust_peer_closes_the_connection() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().max_message_size(64 << 10);
            builder.bind(path).unwrap()
        })
        .await;
        // A peer that does not announce itself gets an answer only, as `x15` checks.
        let mut raw = RawClient::connect(&pair.path());
        raw.announce(1 << 16, 1 << 20);
        raw.send(&ClientMsg::request(1, "count", &pattern(200_000)).encode());
        assert!(raw.is_closed_within(Duration::from_secs(1)));
        assert_eq!(pair.probe.counted(), 0);
        assert_eq!(pair.client.call("echo", "on").await.unwrap(), "on");
        drop(raw);
        pair.end().await;
    });
}

/// Asserts that the server closes the connection of a client that sends these datagrams within a second,
/// runs no handler for it, and still serves other clients.
fn closes_the_connection(datagrams: &[&[u8]]) {
    let datagrams: Vec<_> = datagrams.iter().map(|bytes| bytes.to_vec()).collect();
    watchdog::run(|| async move {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let mut raw = RawClient::connect(&pair.path());
        assert_eq!(raw.call(0, "echo", b"sense").data, b"sense");
        raw.send(&datagrams[0]);
        for datagram in &datagrams[1..] {
            // The server may have closed the connection by now.
            let _ = raw.try_send(datagram);
        }
        assert!(
            raw.is_closed_within(Duration::from_secs(1)),
            "still open after {datagrams:02x?}"
        );
        if let Some(reply) = raw.message(Duration::from_millis(1)) {
            assert_eq!(reply.kind, 0, "{reply:?}");
        }
        assert_eq!(pair.probe.counted(), 0);
        assert_eq!(pair.client.call("echo", "on").await.unwrap(), "on");
        drop(raw);
        pair.end().await;
    });
}

/// Asserts that these bytes, which declare more than is ever sent, take less than a mebibyte of the
/// server's memory.
fn stays_small(datagram: &[u8]) {
    let datagram = datagram.to_vec();
    watchdog::run(|| async move {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let path = scratch.path("server");
        let client = Client::dial(&path).await.unwrap();
        // Connects twice first, so that the memory of a connection and of a malformed message is not
        // counted.
        for harmless in [&[0][..], &[3, 0, 1, 0]] {
            let raw = RawClient::connect(&path);
            raw.send(harmless);
            assert!(raw.is_closed_within(SOON));
        }
        client.call("echo", pattern(1000)).await.unwrap();

        let raw = RawClient::connect(&path);
        let before = server.resident();
        raw.send(&datagram);
        assert!(raw.is_closed_within(Duration::from_secs(1)));
        let after = server.resident();
        assert!(after < before + (1 << 20), "{before} then {after} bytes");
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        drop((raw, client));
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

fn varint(value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_varint(&mut bytes, value);
    bytes
}
