//! Deadlines of calls and dials.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use domainsockets::{CallOptions, Client, Error, Server};
use tests::raw::RawServer;
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tests::wire::{ServerMsg, pattern};
use tokio::runtime::Builder;
use tokio::task::{self, JoinSet};
use uuid::Uuid;

use crate::support::{Daemon, Pair, QUIET, SOON, dial_ready, error, in_time, timely};

#[test]
fn t02_deadline_ends_a_call_of_a_sleeping_handler() {
    watchdog::run(|| async {
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
fn t03_deadline_includes_the_wait_before_the_send() {
    watchdog::run(|| async {
        let daemon = Daemon::new().await;
        let (server, client) = (&daemon.server, &daemon.client);
        let deadline = Duration::from_millis(500);
        // One after the other they would take far longer.
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

/// Runs in virtual time, which passes only while the calls wait.
#[test]
fn t04_reply_is_accepted_until_the_deadline_and_not_after() {
    watchdog::blocking(|| {
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
fn t05_thousands_of_calls_time_out_at_once() {
    watchdog::run(|| async {
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
            watchdog::eventually(SOON, "all dropped", || probe.running() == 0);
            took
        })
        .await;
        pair.end().await;
    });
}

#[test]
fn t07_call_with_a_zero_deadline_is_not_sent() {
    watchdog::run(|| async {
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
fn t08_huge_deadlines_are_accepted() {
    watchdog::run(|| async {
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
fn t09_dial_ends_after_its_timeout() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        // Bound, but never read.
        let silent = RawServer::bind(scratch.path("silent"));
        let timeout = Duration::from_millis(300);
        let path = silent.path();
        // The first setup messages fit into its queue, the last do not.
        for _ in 0..3 {
            timely(timeout..timeout + QUIET, || async move {
                let builder = Client::builder().dial_timeout(timeout);
                let late = error(dial_ready(builder, path).await);
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
            let late = error(dial_ready(builder, path).await);
            assert!(matches!(late, Error::HandshakeTimeout { .. }), "{late:?}");
        }
        assert_eq!(scratch.files(), ["silent"], "their own files are removed");
        drop(silent);
        scratch.leak_check();
    });
}

#[test]
fn deadlines_and_keep_alives_follow_the_clock_of_the_runtime() {
    watchdog::blocking(|| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pair = Pair::new().await;
            pair.acquaint().await;
            tokio::time::pause();
            let begun = tokio::time::Instant::now();
            let options = CallOptions::new().with_deadline(Duration::from_secs(300));
            let late = error(pair.client.call_with("hang", "", options).await);
            assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
            let took = begun.elapsed();
            assert!((300..302).contains(&took.as_secs()), "{took:?}");
            assert_eq!(pair.client.call("echo", "alive").await.unwrap(), "alive");
            tokio::time::resume();
            pair.end().await;
        });
    });
}

#[test]
fn call_ends_at_its_deadline_while_the_server_keeps_sending() {
    const DEADLINE: Duration = Duration::from_millis(300);

    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let setup = UnixDatagram::bind(scratch.path("raw")).unwrap();
        let over = AtomicBool::new(false);
        let begun = Instant::now();
        let took = thread::scope(|scope| {
            let flooding = scope.spawn(|| flood(&setup, scratch.dir(), &over));
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let client = Client::builder().keep_alive_interval(Duration::from_millis(50));
                let client = client.dial(scratch.path("raw")).await.unwrap();
                let options = CallOptions::new().with_deadline(DEADLINE);
                let ended = error(client.call_with("any", "", options).await);
                assert!(
                    matches!(
                        ended,
                        Error::DeadlineExceeded { .. } | Error::Disconnected { .. }
                    ),
                    "{ended:?}"
                );
            });
            // This also ends the connection's driver.
            drop(runtime);
            let took = begun.elapsed();
            over.store(true, Ordering::Relaxed);
            flooding.join().unwrap();
            took
        });
        assert!(took < SOON, "{took:?}");
        drop(setup);
        fs::remove_file(scratch.path("raw")).unwrap();
        scratch.leak_check();
    });
}

/// Answers a setup message, reads one message, and sends replies that belong to no call.
fn flood(setup: &UnixDatagram, dir: &Path, over: &AtomicBool) {
    let mut name = [0; 36];
    assert_eq!(setup.recv(&mut name).unwrap(), name.len());
    let own = Uuid::new_v4().to_string();
    let connection = UnixDatagram::bind(dir.join(&own)).unwrap();
    let reply = UnixDatagram::unbound().unwrap();
    reply
        .connect(dir.join(str::from_utf8(&name).unwrap()))
        .unwrap();
    reply.set_nonblocking(true).unwrap();
    reply.send(own.as_bytes()).unwrap();
    connection.recv(&mut [0; 64]).unwrap();
    // The client's next message meets a closed socket.
    drop(connection);
    fs::remove_file(dir.join(own)).unwrap();
    let datagram = ServerMsg::reply(1 << 40, b"").encode().repeat(4000);
    while !over.load(Ordering::Relaxed) {
        // The client's queue may be full.
        let _ = reply.send(&datagram);
    }
}
