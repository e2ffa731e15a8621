//! Messages of megabytes.

use std::thread;
use std::time::{Duration, Instant};

use domainsockets::{Bytes, Client, Error, Server};
use tests::raw::{RawClient, RawServer};
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::{ClientMsg, pattern};
use tokio::task::JoinSet;

use crate::support::{Pair, SOON, assert_same, error};

const MILLION: usize = 1_000_000;

#[test]
fn million_bytes_are_sent_both_ways() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        for _ in 0..3 {
            let reply = pair.client.call("echo", pattern(MILLION)).await.unwrap();
            assert_same(&reply, &pattern(MILLION));
        }
        pair.end().await;
    });
}

#[test]
fn million_bytes_are_sent_in_the_first_call() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let reply = pair.client.call("echo", pattern(MILLION)).await.unwrap();
        assert_same(&reply, &pattern(MILLION));
        pair.end().await;
    });
}

#[test]
fn million_bytes_are_received_from_an_unannounced_client() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let mut raw = RawClient::connect(&pair.path());
        for handler in ["len", "echo"] {
            let request = ClientMsg::request(1, handler, &pattern(MILLION)).encode();
            for datagram in request.chunks(4096) {
                raw.send(datagram);
            }
        }
        assert_eq!(raw.message(SOON).unwrap().data, b"1000000");
        let refused = raw.message(SOON).unwrap();
        assert_eq!((refused.id, refused.kind), (1, 0));
        assert_names_both_sizes(&refused.text());
        assert!(raw.received().iter().all(|reply| reply.bytes.len() <= 4096));
        assert_eq!(raw.call(2, "echo", b"on").data, b"on");
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn million_bytes_are_sent_to_an_unannounced_server() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().announce(false);
            builder.bind(path).unwrap()
        })
        .await;
        let reserved = Client::builder().announce(false);
        let reserved = reserved.dial(pair.path()).await.unwrap();
        for client in [&pair.client, &reserved] {
            assert_eq!(
                client.call("len", pattern(MILLION)).await.unwrap(),
                "1000000"
            );
            let refused = error(client.call("echo", pattern(MILLION)).await);
            assert!(
                matches!(refused, Error::Handler(_) | Error::TooLarge { .. }),
                "{refused:?}"
            );
            assert_names_both_sizes(&refused.to_string());
            assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        }
        drop(reserved);
        pair.end().await;
    });
}

fn assert_names_both_sizes(text: &str) {
    assert!(text.contains("1000000") && text.contains("4096"), "{text}");
}

#[test]
fn large_request_is_sent_once() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let sizes = [MILLION / 4, MILLION, 4 * MILLION];
        let server = thread::spawn(move || {
            let mut connection = server.accept();
            connection.announce(1 << 22, 1 << 22);
            let first = connection.request();
            connection.reply(first.id, b"");
            for size in sizes {
                let before = connection.received().len();
                let request = connection.request();
                assert_same(&request.data, &pattern(size));
                let datagrams = &connection.received()[before..];
                let bytes: usize = datagrams.iter().map(|datagram| datagram.bytes.len()).sum();
                assert!(bytes < size + 64, "{size}: {bytes} bytes");
                // All datagrams but the last are full.
                let most = size.div_ceil(60 << 10) + 2;
                assert!(
                    datagrams.len() <= most,
                    "{size}: {} datagrams",
                    datagrams.len()
                );
                connection.reply(request.id, b"");
            }
        });
        let client = Client::dial(path).await.unwrap();
        client.call("first", "").await.unwrap();
        for size in sizes {
            client.call("large", pattern(size)).await.unwrap();
        }
        server.join().unwrap();
        drop(client);
        scratch.leak_check();
    });
}

#[test]
fn time_is_linear_in_the_size() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let data = Bytes::from(pattern(4 << 20));
        let mut best = Vec::new();
        for size in [256 << 10, 4 << 20] {
            let mut times = Vec::new();
            for _ in 0..10 {
                let data = data.slice(..size);
                let begin = Instant::now();
                let reply = pair.client.call("echo", data.clone()).await.unwrap();
                times.push(begin.elapsed());
                assert!(reply == data);
            }
            best.push(times.into_iter().min().unwrap());
        }
        // For sixteen times the size, linear time takes sixteen times as long and quadratic time 256
        // times.
        let ratio = best[1].as_secs_f64() / best[0].as_secs_f64();
        assert!(ratio < 80.0, "{best:?}");
        pair.end().await;
    });
}

#[test]
fn calls_of_all_sizes_share_a_connection() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let mut callers = JoinSet::new();
        for caller in 0..16 {
            let client = pair.client.clone();
            callers.spawn(async move {
                for call in 0..40 {
                    let size = (caller * 7919 + call * 104_729) % 200_000;
                    let data = Bytes::from(pattern(size));
                    let client = client.with_deadline(Duration::from_secs(20));
                    let reply = client.call("echo", data.clone()).await.unwrap();
                    assert!(reply == data, "{size}");
                }
            });
        }
        callers.join_all().await;
        pair.end().await;
    });
}
