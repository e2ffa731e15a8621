//! Calls that are given up: T-1 to T-9.

use std::future;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use domainsockets::{CallOptions, Client, Error, Server};
use tests::guard::{self, within};
use tests::raw::RawServer;
use tests::scratch::Scratch;
use tests::wire::pattern;
use tokio::runtime::Builder;
use tokio::task::{self, JoinSet};

use crate::support::{Daemon, Pair, QUIET, SOON, error, in_time, timely};

#[test]
fn t01_cancel_before_send() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        for _ in 0..100 {
            drop(pair.client.call("count", "never polled"));
        }
        assert_eq!(pair.client.call("count", "").await.unwrap(), "1");
        assert_eq!(pair.probe.counted(), 1);
        pair.end().await;
    });
}

#[test]
fn t01_cancel_before_send_full_queue() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || server.accept());
        let client = Client::dial(path).await.unwrap();
        let mut server = accepting.await.unwrap();

        // More than the kernel queues, at a server that reads nothing. Polled once, each call stands
        // in line, in front of all that come later.
        let mut fills: Vec<_> = (0..50)
            .map(|_| {
                let client = client.clone();
                Box::pin(async move { client.call("fill", pattern(3000)).await })
            })
            .collect();
        future::poll_fn(|context| {
            for fill in &mut fills {
                assert!(fill.as_mut().poll(context).is_pending());
            }
            Poll::Ready(())
        })
        .await;
        let mut calls = JoinSet::new();
        for fill in fills {
            calls.spawn(fill);
        }
        for _ in 0..20 {
            let given_up = client.call("count", pattern(3000));
            let result = tokio::time::timeout(Duration::from_millis(10), given_up).await;
            assert!(result.is_err(), "nobody has answered");
        }
        for _ in 0..50 {
            let request = server.request();
            assert_eq!(request.handler, b"fill");
            server.reply(request.id, b"");
        }
        for result in calls.join_all().await {
            assert_eq!(result.unwrap(), "");
        }
        let last = tokio::spawn({
            let client = client.clone();
            async move { client.call("last", "").await }
        });
        let request = server.request();
        assert_eq!(request.handler, b"last", "nothing given up was sent");
        server.reply(request.id, b"");
        last.await.unwrap().unwrap();
        drop((client, server));
        scratch.leak_check();
    });
}

#[test]
fn t02_timeout_on_sleeping_server() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let (client, ms) = (&pair.client, Duration::from_millis);
        for (deadline, bounds) in [(ms(1), ms(1)..ms(20)), (ms(100), ms(100)..ms(120))] {
            timely(bounds, || async move {
                let options = CallOptions::new().with_deadline(deadline);
                let late = error(client.call_with("sleep", "500", options).await);
                assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
            })
            .await;
            let impatient = pair.client.with_deadline(deadline);
            let late = error(impatient.call("sleep", "500").await);
            assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        }
        assert_eq!(pair.client.call("sleep", "1").await.unwrap(), "1");
        pair.end().await;
    });
}

#[test]
fn t03_deadline_includes_queue() {
    guard::run(|| async {
        let daemon = Daemon::new().await;
        let (server, client) = (&daemon.server, &daemon.client);
        let deadline = Duration::from_millis(500);
        // One by one they would take far longer.
        in_time(2 * deadline, || async {
            server.pause();
            let begun = Instant::now();
            let mut calls = JoinSet::new();
            for _ in 0..5000 {
                let client = client.with_deadline(deadline);
                calls.spawn(async move {
                    let late = error(client.call("echo", pattern(1000)).await);
                    assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
                    begun.elapsed()
                });
            }
            let ends = calls.join_all().await;
            let first = ends.iter().min().unwrap();
            assert!(*first >= deadline, "{first:?}");
            server.resume();
            assert_eq!(client.call("echo", "again").await.unwrap(), "again");
            ends.into_iter().max().unwrap()
        })
        .await;
        daemon.end();
    });
}

/// In virtual time, which nothing but the calls themselves makes pass.
#[test]
fn t04_timeout_but_done() {
    guard::blocking(|| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pair = Pair::new().await;
            pair.acquaint().await;
            tokio::time::pause();
            let deadline = Duration::from_millis(100);
            let sleep = |millis: &'static str| {
                let mut calls = JoinSet::new();
                for _ in 0..1000 {
                    let client = pair.client.with_deadline(deadline);
                    calls.spawn(async move { client.call("sleep", millis).await });
                }
                calls.join_all()
            };
            for reply in sleep("90").await {
                assert_eq!(reply.unwrap(), "90");
            }
            assert_eq!(pair.probe.finished(), 1000);
            for late in sleep("110").await {
                assert!(
                    matches!(late, Err(Error::DeadlineExceeded { .. })),
                    "{late:?}"
                );
            }
            tokio::time::resume();
            pair.end().await;
        });
    });
}

#[test]
fn t05_thousands_time_out() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let (client, probe) = (&pair.client, &pair.probe);
        let deadline = Duration::from_millis(200);
        in_time(2 * deadline, || async {
            let begun = Instant::now();
            let mut calls = JoinSet::new();
            for _ in 0..5000 {
                let client = client.with_deadline(deadline);
                calls.spawn(async move { client.call("hang", "").await });
            }
            for result in calls.join_all().await {
                let late = error(result);
                assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
            }
            let took = begun.elapsed();
            assert_eq!(client.stats().in_flight, 0);
            pair.acquaint().await;
            guard::eventually(SOON, "all dropped", || probe.running() == 0);
            took
        })
        .await;
        pair.end().await;
    });
}

#[test]
fn t06_cancel_after_send() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let mut calls = JoinSet::new();
        for _ in 0..1000 {
            let client = pair.client.clone();
            calls.spawn(async move { client.call("sleep", "10000").await });
        }
        let probe = Arc::clone(&pair.probe);
        guard::eventually(SOON, "1000 running", || probe.running() == 1000);
        calls.abort_all();
        while let Some(result) = calls.join_next().await {
            assert!(result.unwrap_err().is_cancelled());
        }
        assert_eq!(pair.client.stats().in_flight, 0, "at once");
        // Far below the ten seconds that each would take.
        guard::eventually(SOON, "all dropped", || probe.running() == 0);
        assert_eq!(probe.finished(), 0);

        // All of the room for calls in flight is there again, on both sides.
        for index in 0..1000 {
            let client = pair.client.clone();
            calls.spawn(async move {
                assert_eq!(client.call("sleep", "50").await.unwrap(), "50");
                client.call("echo", index.to_string()).await
            });
        }
        for result in calls.join_all().await {
            result.unwrap();
        }
        pair.end().await;
    });
}

#[test]
fn t06_cancel_after_send_is_quick() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let (client, probe) = (&pair.client, &pair.probe);
        timely(Duration::ZERO..QUIET, || async move {
            let call = client.call("hang", "");
            let watching = async {
                while probe.running() == 0 {
                    task::yield_now().await;
                }
            };
            tokio::select! {
                _ = call => panic!("it hangs"),
                () = watching => {}
            }
            guard::eventually(SOON, "dropped", || probe.running() == 0);
        })
        .await;
        pair.end().await;
    });
}

#[test]
fn t06_late_replies_are_discarded() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || server.accept());
        let client = Client::dial(path).await.unwrap();
        let mut server = accepting.await.unwrap();
        let mut requests = Vec::new();
        for _ in 0..100 {
            let call = tokio::spawn({
                let client = client.clone();
                async move { client.call("slow", "").await }
            });
            requests.push(server.request());
            call.abort();
        }
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.call("next", "").await }
        });
        let next = server.request();
        for late in requests {
            server.reply(late.id, b"late");
        }
        server.reply(next.id, b"right");
        assert_eq!(call.await.unwrap().unwrap(), "right");
        drop((client, server));
        scratch.leak_check();
    });
}

/// Wherever a call is given up, no other gets its bytes.
#[test]
fn t06_cancel_at_any_time() {
    guard::run(|| async {
        let pair = Pair::new().await;
        let mut callers = JoinSet::new();
        for caller in 0..64_u32 {
            let client = pair.client.clone();
            callers.spawn(async move {
                for index in 0..200_u32 {
                    let size = (caller * 7919 + index * 104_729) % 70_000;
                    let data = vec![caller.to_le_bytes()[0]; size as usize];
                    let patience = u64::from((caller * 31 + index * 17) % 3000);
                    let call = client.call("echo", data.clone());
                    let call = tokio::time::timeout(Duration::from_micros(patience), call);
                    if let Ok(reply) = call.await {
                        assert!(reply.unwrap() == data);
                    }
                }
            });
        }
        callers.join_all().await;
        pair.acquaint().await;
        pair.end().await;
    });
}

#[test]
fn t07_zero_deadline() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || server.accept());
        let client = Client::dial(path).await.unwrap();
        let mut server = accepting.await.unwrap();
        let zero = CallOptions::new().with_deadline(Duration::ZERO);
        for _ in 0..10 {
            let late = error(client.call_with("never", "", zero.clone()).await);
            assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
            let late = client.with_deadline(Duration::ZERO).call("never", "").await;
            assert!(matches!(error(late), Error::DeadlineExceeded { .. }));
        }
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.call("first", "").await }
        });
        let request = server.request();
        assert_eq!(request.handler, b"first");
        server.reply(request.id, b"");
        call.await.unwrap().unwrap();
        drop((client, server));
        scratch.leak_check();
    });
}

#[test]
fn t08_huge_deadline() {
    guard::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().idle_timeout(Duration::MAX);
            builder.bind(path).unwrap()
        })
        .await;
        for huge in [Duration::MAX, Duration::from_secs(u64::MAX / 2)] {
            let options = CallOptions::new().with_deadline(huge);
            let reply = pair.client.call_with("sleep", "5", options).await;
            assert_eq!(reply.unwrap(), "5");
            let patient = Client::builder()
                .deadline(huge)
                .dial_timeout(huge)
                .keep_alive_interval(huge);
            let patient = patient.dial(pair.path()).await.unwrap();
            assert_eq!(patient.call("sleep", "5").await.unwrap(), "5");
            let patient = pair.client.with_deadline(huge);
            assert_eq!(patient.call("sleep", "5").await.unwrap(), "5");
        }
        let (server, client, scratch) = (pair.server, pair.client, pair.scratch);
        within(SOON, server.shutdown(Duration::MAX)).await.unwrap();
        drop(client);
        scratch.leak_check();
    });
}

#[test]
fn t09_handshake_deadline() {
    guard::run(|| async {
        let scratch = Scratch::new();
        // Bound, and never read.
        let silent = RawServer::bind(scratch.path("silent"));
        let timeout = Duration::from_millis(300);
        let path = silent.path();
        // The first dials find room in its queue, the last do not.
        for _ in 0..3 {
            timely(timeout..timeout + QUIET, || async move {
                let builder = Client::builder().dial_timeout(timeout);
                let late = error(builder.dial(path).await);
                let told = matches!(
                    &late,
                    Error::HandshakeTimeout { path: own, after } if own == path && *after == timeout
                );
                assert!(told, "{late:?}");
            })
            .await;
        }
        for _ in 0..20 {
            let builder = Client::builder().dial_timeout(Duration::from_millis(5));
            let late = error(builder.dial(path).await);
            assert!(matches!(late, Error::HandshakeTimeout { .. }), "{late:?}");
        }
        assert_eq!(scratch.files(), ["silent"], "their own files are removed");
        drop(silent);
        scratch.leak_check();
    });
}
