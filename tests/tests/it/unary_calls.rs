//! Calls with one reply: small, empty, large and failed ones.

use std::convert::Infallible;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use domainsockets::{Bytes, Client, Error, Request, Server};
use tests::raw::{RawClient, RawServer};
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tests::wire::{ClientMsg, ServerMsg, pattern};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::{JoinSet, block_in_place, yield_now};

use crate::support::{MAX_MESSAGE_SIZE, Pair, QUIET, SOON, assert_same, error, timely};

/// The largest datagram that a peer is sent by default.
const LARGEST_DATAGRAM: usize = 64 << 10;

#[test]
fn h01_small_request_has_one_reply() {
    watchdog::run(|| async {
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
fn h01_small_request_is_one_datagram() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let server = thread::spawn(move || {
            let mut connection = server.accept();
            let request = connection.request();
            connection.reply(request.id, &request.data);
            assert_eq!(connection.receive(QUIET), None, "one request");
            let carriers = connection.received().iter();
            let carriers = carriers.filter(|datagram| has_request(&datagram.bytes));
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

/// Returns whether a request is among the messages of a datagram.
fn has_request(mut datagram: &[u8]) -> bool {
    while let Some((message, len)) = ClientMsg::take(datagram).unwrap() {
        if message.kind != 0 {
            return true;
        }
        datagram = &datagram[len..];
    }
    false
}

#[test]
fn h02_empty_messages_are_carried() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        assert_eq!(pair.client.call("echo", "").await.unwrap(), "");
        assert_eq!(pair.client.call("size", "0").await.unwrap(), "");
        pair.end().await;
    });
}

#[test]
fn h03_large_reply_is_sent_in_large_datagrams() {
    watchdog::run(|| async {
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
fn h03_large_request_is_sent_in_large_datagrams() {
    watchdog::run(|| async {
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
fn h04_messages_of_every_size_are_carried() {
    watchdog::run(|| async {
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
fn h06_calls_of_one_connection_run_concurrently() {
    watchdog::run(|| async {
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
fn h06_replies_are_sent_in_any_order() {
    watchdog::run(|| async {
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
fn h08_error_texts_keep_their_unicode() {
    watchdog::run(|| async {
        let text = "\t\nπ 🚀 \r\n";
        let pair = Pair::new().await;
        // The first call goes to a server whose hello was not received yet, the second to one whose
        // hello was.
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
        // An unknown name that is not ASCII is an error, too.
        raw.send(&ClientMsg::request(10, "héllo.世界", b"").encode());
        let reply = raw.message(SOON).unwrap();
        assert_eq!((reply.id, reply.kind), (10, 0));
        assert!(reply.text().starts_with("handler(héllo.世界) error: "));
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn owner_of_a_payload_may_use_the_client() {
    const SIZES: [usize; 4] = [1, 5 << 10, 1 << 20, 5 << 20];

    watchdog::run(|| async {
        let pair = Pair::new().await;
        let (drops, dropped) = mpsc::channel();
        let client = pair.client.clone();
        // A call that waited for itself would never end, so the test awaits the calls on another task.
        let mut calls = tokio::spawn(async move {
            let mut results = Vec::new();
            for size in SIZES {
                let data = Bytes::from_owner(Owner {
                    bytes: vec![7; size],
                    client: client.clone(),
                    drops: drops.clone(),
                });
                results.push(client.call("echo", data).await);
            }
            results
        });
        for _ in SIZES {
            let in_flight = dropped.recv_timeout(SOON).expect("the owner is dropped");
            assert!(in_flight <= 1, "{in_flight}");
        }
        let results = within(SOON, &mut calls).await.unwrap();
        for (result, size) in results.into_iter().zip(SIZES) {
            match result {
                Ok(reply) => assert_same(&reply, &vec![7; size]),
                Err(Error::TooLarge { size: refused, .. }) => assert_eq!(refused, 5 << 20),
                Err(error) => panic!("{size} bytes: {error}"),
            }
        }
        pair.end().await;
    });
}

/// Memory that uses the client when it is dropped.
struct Owner {
    bytes: Vec<u8>,
    client: Client,
    /// Receives the number of calls in flight at the drop.
    drops: mpsc::Sender<usize>,
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.drops.send(self.client.stats().in_flight);
    }
}

#[test]
fn owner_of_a_reply_may_use_the_connection() {
    // The first is copied into the datagram, the second is sent without a copy, the third is refused.
    const SIZES: [usize; 3] = [1, 5 << 10, 5 << 20];

    watchdog::run(|| async {
        let (drops, mut dropped) = unbounded_channel();
        let pair = Pair::bound(|path| {
            let handler = move |request: Request| {
                let drops = drops.clone();
                async move {
                    // The handler moves to its own task.
                    yield_now().await;
                    let size = str::from_utf8(request.data()).unwrap().parse().unwrap();
                    let owner = ReplyOwner {
                        bytes: vec![7; size],
                        drops,
                    };
                    Ok::<_, Infallible>(Bytes::from_owner(owner))
                }
            };
            let server = Server::bind(path).unwrap();
            server.register("own", handler).unwrap()
        })
        .await;
        for size in SIZES {
            let client = pair.client.clone();
            let call = tokio::spawn(async move { client.call("own", size.to_string()).await });
            let go_on = within(SOON, dropped.recv()).await.unwrap();
            // The owner's drop blocks until this is answered.
            let answered = within(SOON, pair.client.call("echo", "on")).await;
            assert_eq!(answered.unwrap(), "on", "{size} bytes");
            go_on.send(()).unwrap();
            match within(SOON, call).await.unwrap() {
                Ok(reply) => assert_same(&reply, &vec![7; size]),
                Err(Error::TooLarge { size: refused, .. }) => assert_eq!(refused, 5 << 20),
                Err(error) => panic!("{size} bytes: {error}"),
            }
        }
        pair.end().await;
    });
}

/// A reply's memory, whose drop waits for the test.
struct ReplyOwner {
    bytes: Vec<u8>,
    /// Receives a sender at the drop. Sending on it ends the drop.
    drops: UnboundedSender<mpsc::Sender<()>>,
}

impl AsRef<[u8]> for ReplyOwner {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for ReplyOwner {
    fn drop(&mut self) {
        let (go_on, wait) = mpsc::channel();
        if self.drops.send(go_on).is_ok() {
            block_in_place(|| wait.recv_timeout(2 * SOON)).expect("the test ends the drop");
        }
    }
}
