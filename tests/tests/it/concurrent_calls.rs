//! Many calls at once, on one connection and on many.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use domainsockets::{Bytes, Client, Request, Server};
use tests::process::Process;
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tests::wire::pattern;
use tokio::task::{self, JoinSet};

use crate::support::{Pair, peer};

#[test]
fn h05_thousand_large_calls_run_concurrently() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::dial(scratch.path("server")).await.unwrap();
        // The request has the larger of the two sizes, too, since the peer's replies are as large as its
        // requests.
        let data = Bytes::from(pattern(314_159));
        client.call("echo", data.clone()).await.unwrap();
        let mut calls = JoinSet::new();
        for _ in 0..1000 {
            let (client, data) = (client.clone(), data.clone());
            calls.spawn(async move {
                let reply = client.call("echo", data.clone()).await.unwrap();
                assert!(reply == data);
            });
        }
        calls.join_all().await;
        let bound = 1000 * (314_159 + 314_159) + (64 << 20);
        let peak = server.peak_resident();
        assert!(peak < bound, "{peak} bytes");
        drop(client);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn h07_hundred_connections_share_a_server() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let twice = |request: Request| async move {
                Ok::<_, Infallible>([&request.data()[..], request.data()].concat())
            };
            let server = Server::bind(path).unwrap();
            server.register("twice", twice).unwrap()
        })
        .await;
        let mut clients = JoinSet::new();
        for number in 0..100 {
            let client = Client::dial(pair.path()).await.unwrap();
            clients.spawn(async move {
                let mut calls = JoinSet::new();
                for call in 0..100 {
                    let client = client.clone();
                    calls.spawn(async move {
                        let own = format!("client {number} call {call};");
                        let reply = client.call("twice", own.clone()).await.unwrap();
                        assert_eq!(reply, own.repeat(2));
                    });
                }
                calls.join_all().await;
            });
        }
        clients.join_all().await;
        pair.end().await;
    });
}

#[test]
fn hundred_thousand_calls_get_their_own_replies() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let mut callers = JoinSet::new();
        for caller in 0..64 {
            let client = pair.client.clone();
            callers.spawn(async move {
                // 64 × 1563 are 100 032.
                for call in 0..1563 {
                    let data = Bytes::from(format!("caller {caller} call {call}"));
                    let reply = client.call("echo", data.clone()).await.unwrap();
                    assert_eq!(reply, data);
                }
            });
        }
        callers.join_all().await;
        pair.end().await;
    });
}

/// Queued replies make the server stop reading requests. It reads again once they have been sent.
#[test]
fn queued_replies_do_not_stop_the_connection() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let late = |request: Request| async move {
                // Keeps the thread busy, so that other replies are written before this one is sent.
                let begin = Instant::now();
                while begin.elapsed() < Duration::from_millis(3) {}
                Ok::<_, Infallible>(request.into_data())
            };
            let server = Server::bind(path).unwrap();
            server.register("late", late).unwrap()
        })
        .await;
        let arguments = "call server late --size 300000 --count 1000 --concurrency 500";
        let arguments: Vec<_> = arguments.split(' ').collect();
        let dir = pair.scratch.dir().to_owned();
        let calling = task::spawn_blocking(move || Process::output(peer(), &dir, &arguments));
        // A server that stops reading continues only after its idle time, so this must not take long.
        let output = within(Duration::from_secs(20), calling).await.unwrap();
        assert!(output.status.success(), "{output:?}");
        pair.end().await;
    });
}
