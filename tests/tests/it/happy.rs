//! What works: H-1 to H-4, H-6 and H-8.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use domainsockets::{Bytes, Client, Error, Request, Server};
use tests::guard;
use tests::raw::{RawClient, RawServer};
use tests::scratch::Scratch;
use tests::wire::{ClientMsg, KEEPALIVE, ServerMsg, pattern};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::support::{MAX_MESSAGE_SIZE, Pair, QUIET, SOON, assert_same, error, timely};

/// The largest datagram that anybody is sent by default.
const LARGEST_DATAGRAM: usize = 64 << 10;

#[test]
fn h01_echo_small() {
    guard::run(|| async {
        let pair = Pair::new().await;
        let reply = pair.client.call("echo", "hello world").await.unwrap();
        assert_eq!(reply, "hello world");

        let mut raw = RawClient::connect(&pair.path());
        raw.request(0, "echo", b"hello world");
        let reply = ServerMsg::reply(0, b"hello world").encode();
        assert_eq!(raw.receive(SOON), Some(reply));
        assert_eq!(raw.receive(QUIET), None, "one reply");
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn h01_echo_small_request() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let server = thread::spawn(move || {
            let mut connection = server.accept();
            let request = connection.request();
            connection.reply(request.id, &request.data);
            assert_eq!(connection.receive(QUIET), None, "one request");
            let carriers = connection.received().iter();
            let carriers = carriers.filter(|datagram| datagram.bytes != KEEPALIVE);
            assert_eq!(carriers.count(), 1);
        });
        let client = Client::dial(path).await.unwrap();
        let reply = client.call("echo", "hello world").await.unwrap();
        assert_eq!(reply, "hello world");
        server.join().unwrap();
        drop(client);
        scratch.leak_check();
    });
}

#[test]
fn h02_empty_unary() {
    guard::run(|| async {
        let pair = Pair::new().await;
        assert_eq!(pair.client.call("echo", "").await.unwrap(), "");
        assert_eq!(pair.client.call("size", "0").await.unwrap(), "");
        pair.end().await;
    });
}

#[test]
fn h03_large_unary() {
    guard::run(|| async {
        let pair = Pair::bound(|path| {
            let server = Server::bind(path).unwrap();
            let large = |request: Request| async move {
                assert_same(request.data(), &pattern(271_828));
                Ok::<_, Infallible>(pattern(314_159))
            };
            server.register("large", large).unwrap()
        })
        .await;
        for _ in 0..3 {
            let reply = pair.client.call("large", pattern(271_828)).await.unwrap();
            assert_same(&reply, &pattern(314_159));
        }

        let mut raw = RawClient::connect(&pair.path());
        raw.announce(1 << 22, 1 << 22);
        let reply = raw.call(1, "size", b"314159");
        assert_same(&reply.data, &pattern(314_159));
        let largest = raw.received().iter().map(|datagram| datagram.bytes.len());
        let largest = largest.max().unwrap();
        assert!(
            (LARGEST_DATAGRAM / 2..=LARGEST_DATAGRAM).contains(&largest),
            "{largest}"
        );
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn h03_large_unary_request() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let server = thread::spawn(move || {
            let mut connection = server.accept();
            connection.announce(1 << 22, 1 << 22);
            for _ in 0..2 {
                let request = connection.request();
                connection.reply(request.id, b"done");
                if request.handler == b"large" {
                    assert_same(&request.data, &pattern(271_828));
                }
            }
            let sizes = connection.received().iter();
            let largest = sizes.map(|datagram| datagram.bytes.len()).max().unwrap();
            assert!(
                (LARGEST_DATAGRAM / 2..=LARGEST_DATAGRAM).contains(&largest),
                "{largest}"
            );
        });
        let client = Client::dial(path).await.unwrap();
        client.call("first", "").await.unwrap();
        let reply = client.call("large", pattern(271_828)).await.unwrap();
        assert_eq!(reply, "done");
        server.join().unwrap();
        drop(client);
        scratch.leak_check();
    });
}

#[test]
fn h04_size_sweep() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let sizes = (0..=300)
            .chain(4080..=4110)
            .chain(8190..=8194)
            .chain(65_520..=65_540)
            .chain(212_950..=212_970)
            .chain([(1 << 20) - 1, 1 << 20, (1 << 20) + 1])
            .chain([MAX_MESSAGE_SIZE - 1, MAX_MESSAGE_SIZE]);
        let bytes = Bytes::from(pattern(MAX_MESSAGE_SIZE));
        for size in sizes {
            let data = bytes.slice(..size);
            let reply = pair.client.call("echo", data.clone()).await.unwrap();
            assert!(reply == data, "{size}");
        }
        pair.end().await;
    });
}

#[test]
fn h06_out_of_order() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        // One after the other they would take five seconds.
        timely(Duration::ZERO..Duration::from_millis(400), || async {
            let mut calls = JoinSet::new();
            for index in 0..100 {
                let client = pair.client.clone();
                calls.spawn(async move {
                    let data = format!("{}", 100 - index);
                    let reply = client.call("sleep", data.clone()).await.unwrap();
                    assert_eq!(reply, data);
                });
            }
            calls.join_all().await;
        })
        .await;
        pair.end().await;
    });
}

#[test]
fn h06_out_of_order_is_reverse() {
    guard::run(|| async {
        let (turn, turns) = watch::channel(99_u32);
        let pair = Pair::bound(|path| {
            let server = Server::bind(path).unwrap();
            let wait = move |request: Request| {
                let mut turns = turns.clone();
                async move {
                    let own: u32 = str::from_utf8(request.data()).unwrap().parse().unwrap();
                    turns.wait_for(|turn| *turn == own).await.unwrap();
                    Ok::<_, Infallible>(request.into_data())
                }
            };
            server.register("turn", wait).unwrap()
        })
        .await;
        let mut calls = JoinSet::new();
        for index in 0..100_u32 {
            let client = pair.client.clone();
            calls.spawn(async move {
                let reply = client.call("turn", index.to_string()).await.unwrap();
                assert_eq!(reply, index.to_string());
                index
            });
        }
        for expected in (0..100).rev() {
            assert_eq!(calls.join_next().await.unwrap().unwrap(), expected);
            turn.send_replace(expected.saturating_sub(1));
        }
        pair.end().await;
    });
}

#[test]
fn h08_unicode_error() {
    guard::run(|| async {
        let text = "\t\nπ 🚀 \r\n";
        let pair = Pair::new().await;
        // The first call goes to a server that has not announced itself, the second to one that
        // has.
        for _ in 0..2 {
            let failed = error(pair.client.call("fail", text).await);
            assert!(
                matches!(&failed, Error::Handler(own) if own == text),
                "{failed:?}"
            );
        }
        let mut raw = RawClient::connect(&pair.path());
        let reply = raw.call(9, "fail", text.as_bytes());
        assert_eq!(reply, ServerMsg::error(9, "fail", text));
        // The name is not data either when it is not ASCII.
        raw.send(&ClientMsg::request(10, "héllo.世界", b"").encode());
        let reply = raw.message(SOON).unwrap();
        assert_eq!((reply.id, reply.kind), (10, 0));
        assert!(reply.text().starts_with("handler(héllo.世界) error: "));
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn a_handler_may_be_an_async_closure_that_captures_state() {
    guard::run(|| async {
        let total = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&total);
        let pair = Pair::bound(|path| {
            let add = async move |request: Request| {
                let size = request.data().len();
                // Across a point at which the handler waits, too.
                tokio::task::yield_now().await;
                Ok::<_, Infallible>((counted.fetch_add(size, Ordering::SeqCst) + size).to_string())
            };
            let server = Server::bind(path).unwrap();
            server.register("add", add).unwrap()
        })
        .await;
        assert_eq!(pair.client.call("add", "ab").await.unwrap(), "2");
        assert_eq!(pair.client.call("add", "c").await.unwrap(), "3");
        assert_eq!(total.load(Ordering::SeqCst), 3);
        pair.end().await;
        assert_eq!(
            Arc::strong_count(&total),
            1,
            "the server dropped the handler"
        );
    });
}
