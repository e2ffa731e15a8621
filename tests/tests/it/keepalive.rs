//! Connections on which nothing is called: K-1 to K-3, K-5 and K-6, in a scale of their own.

use std::thread;
use std::time::{Duration, Instant};

use domainsockets::{Client, Server};
use tests::guard;
use tests::raw::{RawClient, RawServer};
use tests::scratch::Scratch;
use tests::wire::{ClientMsg, KEEPALIVE, pattern};
use tokio::runtime::Builder;
use tokio::task::{self, JoinSet};

use crate::support::{Pair, SOON, timely};

/// The idle time of the servers here.
const IDLE: Duration = Duration::from_secs(1);

#[test]
fn k01_idle_client_lives() {
    guard::run(|| async {
        let pair = short_lived().await;
        let client = Client::builder().keep_alive_interval(IDLE * 3 / 10);
        let client = client.dial(pair.path()).await.unwrap();
        client.call("count", "").await.unwrap();
        // Not to wait for anything: this is the time in which nothing is called.
        tokio::time::sleep(IDLE * 2).await;
        assert_eq!(client.call("count", "").await.unwrap(), "2");
        drop(client);
        pair.end().await;
    });
}

/// With the times as they are by default.
#[test]
fn k01_idle_client_lives_in_virtual_time() {
    guard::blocking(|| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pair = Pair::new().await;
            pair.acquaint().await;
            tokio::time::pause();
            let begun = tokio::time::Instant::now();
            tokio::time::sleep(Duration::from_secs(95)).await;
            assert!(begun.elapsed() >= Duration::from_secs(95));
            assert_eq!(pair.server.stats().connections, 1);
            assert_eq!(pair.client.call("echo", "on").await.unwrap(), "on");
            tokio::time::resume();
            pair.end().await;
        });
    });
}

#[test]
fn k02_idle_drop() {
    guard::run(|| async {
        let pair = short_lived().await;
        let path = &pair.path();
        timely(IDLE..IDLE + Duration::from_millis(100), || async move {
            let mut raw = RawClient::connect(path);
            raw.call(1, "echo", b"the last message");
            // Empty datagrams, by which this asks, are no message.
            assert!(raw.is_closed_within(SOON));
        })
        .await;
        let scratch = &pair.scratch;
        guard::eventually(SOON, "no file of a client", || {
            scratch.files() == ["server"]
        });
        pair.end().await;
    });
}

#[test]
fn k02_idle_drop_before_the_first_message() {
    guard::run(|| async {
        let pair = short_lived().await;
        let path = &pair.path();
        timely(IDLE..IDLE + Duration::from_millis(100), || async move {
            let raw = RawClient::connect(path);
            // Empty datagrams, by which this asks, are no message.
            assert!(raw.is_closed_within(SOON));
        })
        .await;
        pair.end().await;
    });
}

#[test]
fn k03_inflight_not_idle() {
    guard::run(|| async {
        let pair = short_lived().await;
        let mut raw = RawClient::connect(&pair.path());
        let text = (2 * IDLE).as_millis().to_string();
        let begun = Instant::now();
        let reply = raw.call(1, "sleep", text.as_bytes());
        assert!(begun.elapsed() >= 2 * IDLE);
        assert_eq!(reply.data, text.as_bytes());
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn k05_keepalive_bytes() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || server.accept());
        let client = Client::builder().keep_alive_interval(Duration::from_millis(20));
        let client = client.dial(path).await.unwrap();
        let mut server = accepting.await.unwrap();
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.call("slow", "").await }
        });
        let request = server.request();
        // Also while a call is in flight.
        for _ in 0..5 {
            let datagram = server.receive(SOON).unwrap();
            assert_eq!(datagram, KEEPALIVE, "{datagram:02x?}");
        }
        server.reply(request.id, b"done");
        assert_eq!(call.await.unwrap().unwrap(), "done");
        drop((client, server));
        scratch.leak_check();
    });
}

#[test]
fn k06_keepalive_when_queue_full() {
    guard::run(|| async {
        const CALLS: usize = 100;
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let period = Duration::from_millis(10);
        let server = thread::spawn(move || {
            let mut connection = server.accept();
            // Stands still for many times the period of the keepalives.
            thread::sleep(50 * period);
            let begun = Instant::now();
            let mut keepalives = 0;
            let mut answered = 0;
            while answered < CALLS {
                let message: ClientMsg = connection.message(SOON).expect("a message");
                if message.handler == b"echo" {
                    connection.reply(message.id, &message.data);
                    answered += 1;
                } else if message.handler.is_empty() {
                    keepalives += 1;
                }
            }
            (keepalives, begun.elapsed())
        });
        let client = Client::builder().keep_alive_interval(period);
        let client = client.dial(path).await.unwrap();
        let mut calls = JoinSet::new();
        for _ in 0..CALLS {
            let client = client.clone();
            calls.spawn(async move { client.call("echo", pattern(3000)).await });
        }
        for reply in calls.join_all().await {
            assert_eq!(reply.unwrap(), pattern(3000), "no call is lost");
        }
        // One at once, one at most in the queue, and some while it is being read.
        let (keepalives, took) = server.join().unwrap();
        let due = took.as_millis() / period.as_millis();
        assert!(
            keepalives <= 2 + due + 2,
            "{keepalives} keepalives in {took:?}"
        );
        drop(client);
        scratch.leak_check();
    });
}

async fn short_lived() -> Pair {
    Pair::bound(|path| {
        let builder = Server::builder().idle_timeout(IDLE);
        builder.bind(path).unwrap()
    })
    .await
}
