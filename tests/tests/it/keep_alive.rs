//! Keep-alives and idle timeouts, with shortened intervals.

use std::convert::Infallible;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::{Client, Request, Server};
use tests::process::Process;
use tests::raw::{RawClient, RawServer};
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::{ClientMsg, KEEPALIVE, pattern};
use tokio::runtime::Builder;
use tokio::task::{self, JoinSet};

use crate::support::{Pair, SOON, peer, timely};

/// The idle timeout of the servers here.
const IDLE: Duration = Duration::from_secs(1);

#[test]
fn k01_keep_alives_keep_an_idle_connection_open() {
    watchdog::run(|| async {
        let pair = short_lived().await;
        let client = Client::builder().keep_alive_interval(IDLE * 3 / 10);
        let client = client.dial(pair.path()).await.unwrap();
        client.call("count", "").await.unwrap();
        // This sleep does not wait for an event: it is the time without calls that the test is about.
        tokio::time::sleep(IDLE * 2).await;
        assert_eq!(client.call("count", "").await.unwrap(), "2");
        drop(client);
        pair.end().await;
    });
}

/// Runs with the default intervals.
#[test]
fn k01_default_keep_alives_keep_an_idle_connection_open() {
    watchdog::blocking(|| {
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
fn k02_silent_connection_is_dropped_after_its_last_message() {
    watchdog::run(|| async {
        let pair = short_lived().await;
        let path = &pair.path();
        timely(IDLE..IDLE + Duration::from_millis(100), || async move {
            let mut raw = RawClient::connect(path);
            raw.call(1, "echo", b"the last message");
            // Empty datagrams, with which this checks, do not count as messages.
            assert!(raw.is_closed_within(SOON));
        })
        .await;
        let scratch = &pair.scratch;
        watchdog::eventually(SOON, "no file of a client", || {
            scratch.files() == ["server"]
        });
        pair.end().await;
    });
}

#[test]
fn k02_silent_connection_is_dropped_before_its_first_message() {
    watchdog::run(|| async {
        let pair = short_lived().await;
        let path = &pair.path();
        timely(IDLE..IDLE + Duration::from_millis(100), || async move {
            let raw = RawClient::connect(path);
            // Empty datagrams, with which this checks, do not count as messages.
            assert!(raw.is_closed_within(SOON));
        })
        .await;
        pair.end().await;
    });
}

#[test]
fn k03_running_request_keeps_its_connection_open() {
    watchdog::run(|| async {
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
fn k05_keep_alives_have_the_bytes_of_go() {
    watchdog::run(|| async {
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
fn k06_keep_alives_do_not_pile_up_behind_a_full_queue() {
    watchdog::run(|| async {
        const CALLS: usize = 100;
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let period = Duration::from_millis(10);
        let server = thread::spawn(move || {
            let mut connection = server.accept();
            // The server does not read for many keep-alive intervals.
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
        // One sent at once, at most one in the queue, and a few while the server reads.
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

/// A handler that blocks its thread also delays its connection's driver, which must not close the
/// connection.
#[tokio::test]
async fn connection_is_not_idle_right_after_a_handler_that_blocked() {
    let pair = Pair::bound(|path| {
        let block = |request: Request| async move {
            thread::sleep(IDLE + IDLE / 4);
            Ok::<_, Infallible>(request.into_data())
        };
        let server = Server::builder().idle_timeout(IDLE).bind(path).unwrap();
        server.register("block", block).unwrap()
    })
    .await;
    let client = Client::builder().keep_alive_interval(Duration::from_secs(60));
    let client = client.dial(pair.path()).await.unwrap();
    assert_eq!(client.call("block", "1").await.unwrap(), "1");
    assert_eq!(client.call("echo", "2").await.unwrap(), "2");
    drop(client);
    pair.end().await;
}

/// The keep-alives that clients send while the server's process is stopped wait in its queues. Some of its timers are
/// due when it runs again.
#[test]
fn stopped_server_drops_no_idle_client_when_it_continues() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let idle = IDLE.as_millis().to_string();
        let mut command = Command::new(peer());
        command.args(["serve", "server", "--idle-ms", &idle]);
        let server = Process::serve_by(command.env("TMPDIR", scratch.dir()));
        let mut clients = Vec::new();
        for _ in 0..50 {
            let client = Client::builder().keep_alive_interval(IDLE / 4);
            let client = client.dial(scratch.path("server")).await.unwrap();
            client.call("echo", "hello").await.unwrap();
            clients.push(client);
        }
        for _ in 0..3 {
            server.pause();
            // This sleep does not wait for an event: it is the time that the server is stopped.
            tokio::time::sleep(IDLE * 3 / 2).await;
            server.resume();
            for client in &clients {
                assert_eq!(client.call("echo", "on").await.unwrap(), "on");
            }
        }
        drop(clients);
        assert!(server.terminate().success());
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
