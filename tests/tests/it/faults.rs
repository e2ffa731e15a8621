//! Handlers and processes that fail: F-5, F-6, F-10, F-12, F-15 and F-16, and peers that are killed.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use std::{future, mem, thread};

use domainsockets::{CallOptions, Client, Error, Server};
use tests::guard::{self, within};
use tests::process::Process;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::support::{Daemon, Pair, SOON, error, in_time, p99, peer, with_handlers};

#[test]
fn f05_server_stop_cont() {
    const DEADLINE: Duration = Duration::from_millis(300);

    guard::run(|| async {
        let daemon = Daemon::new().await;
        let (server, client) = (&daemon.server, &daemon.client);
        in_time(DEADLINE + Duration::from_millis(250), || async {
            server.pause();
            let begun = Instant::now();
            let mut calls = JoinSet::new();
            for index in 0..100 {
                let client = client.with_deadline(DEADLINE);
                calls.spawn(async move {
                    let late = error(client.call("echo", format!("late {index}")).await);
                    assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
                    begun.elapsed()
                });
            }
            let ends = calls.join_all().await;
            let first = ends.iter().min().unwrap();
            assert!(*first >= DEADLINE, "{first:?}");
            server.resume();
            let mut calls = JoinSet::new();
            for index in 0..100 {
                let client = client.clone();
                calls.spawn(async move {
                    let data = format!("on time {index}");
                    assert_eq!(client.call("echo", data.clone()).await.unwrap(), data);
                });
            }
            calls.join_all().await;
            ends.into_iter().max().unwrap()
        })
        .await;
        daemon.end();
    });
}

#[test]
fn f06_server_restart() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path("server");
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::dial(&path).await.unwrap();
        assert_eq!(client.call("count", "").await.unwrap(), "1");
        assert!(server.terminate().success());
        let server = Process::serve(peer(), scratch.dir(), "server");
        // Nothing reconnects by itself, and nothing is executed that was not answered.
        for _ in 0..2 {
            let cut = error(client.call("count", "").await);
            let never_ran = matches!(
                cut,
                Error::ShuttingDown
                    | Error::Disconnected {
                        may_have_run: false
                    }
            );
            assert!(never_ran, "{cut:?}");
        }
        let client = Client::dial(&path).await.unwrap();
        assert_eq!(client.call("count", "").await.unwrap(), "1");
        drop(client);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn f10_slow_client_isolated() {
    const REPLIES: u64 = 20;
    /// More than all that waits for the slow one.
    const MOST: usize = 4 << 20;

    guard::run(|| async {
        let daemon = Daemon::new().await;
        let path = daemon.scratch.path("server");
        let client = daemon.client.with_deadline(SOON);
        let before = daemon.server.resident();
        let mut tries = Vec::new();
        // Whatever else the machine does may meet the one or the other alone.
        for _ in 0..20 {
            let alone = p99(&client, 1000).await;
            let mut slow = RawClient::connect(&path);
            slow.announce(1 << 16, 1 << 22);
            for id in 1..=REPLIES {
                slow.request(id, "size", b"65536");
            }
            let beside = p99(&client, 1000).await;
            // What waited for it is still all there.
            for _ in 1..=REPLIES {
                assert_eq!(slow.message(SOON).unwrap().data.len(), 65_536);
            }
            drop(slow);
            let peak = daemon.server.peak_resident();
            assert!(peak < before + MOST, "{before}, then {peak} bytes");
            if beside < alone * 6 / 5 {
                drop(client);
                daemon.end();
                return;
            }
            tries.push((alone, beside));
        }
        panic!("alone, and beside a slow client: {tries:?}");
    });
}

#[test]
fn f12_abandoned_call() {
    guard::blocking(|| {
        let scratch = Scratch::new();
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(abandon_calls(&scratch));
        drop(runtime);
        scratch.leak_check();
    });
}

async fn abandon_calls(scratch: &Scratch) {
    let server = Server::builder().max_in_flight(4000);
    let server = server.bind(scratch.path("server")).unwrap();
    let server = with_handlers(server, &Arc::default()).start().unwrap();
    let client = Client::builder().max_in_flight(4000);
    let client = client.dial(server.path()).await.unwrap();
    client.call("echo", "hello").await.unwrap();
    future::poll_fn(|context| {
        for _ in 0..1000 {
            let client = client.clone();
            let mut call = Box::pin(async move { client.call("hang", "").await });
            assert!(call.as_mut().poll(context).is_pending());
            mem::forget(call);
        }
        Poll::Ready(())
    })
    .await;
    let mut calls = JoinSet::new();
    for index in 0..1000 {
        let client = client.clone();
        calls.spawn(async move {
            let data = index.to_string();
            assert_eq!(client.call("echo", data.clone()).await.unwrap(), data);
        });
    }
    within(SOON, calls.join_all()).await;
    drop(client);
    // What was forgotten holds on to its client, so its connection ends with the server.
    within(SOON, server.shutdown(Duration::from_millis(10)))
        .await
        .unwrap();
}

#[test]
fn f15_handler_panic() {
    guard::run(|| async {
        let daemon = Daemon::new().await;
        let client = &daemon.client;
        let mut calls = JoinSet::new();
        for index in 0..1100 {
            let client = client.clone();
            calls.spawn(async move {
                if index % 11 == 0 {
                    let failed = error(client.call("panic", "").await);
                    assert!(
                        matches!(&failed, Error::Panicked { handler } if handler == "panic"),
                        "{failed:?}"
                    );
                } else {
                    let data = index.to_string();
                    assert_eq!(client.call("echo", data.clone()).await.unwrap(), data);
                }
            });
        }
        calls.join_all().await;
        // The same process as before counts on.
        assert_eq!(client.call("count", "").await.unwrap(), "1");
        daemon.end();
    });
}

#[test]
fn f15_handler_panic_first_call() {
    guard::run(|| async {
        let pair = Pair::new().await;
        let failed = error(pair.client.call("panic", "").await);
        assert!(matches!(failed, Error::Panicked { .. }), "{failed:?}");
        assert_eq!(pair.client.call("echo", "on").await.unwrap(), "on");
        pair.end().await;
    });
}

#[test]
fn f16_handler_panic_in_drop() {
    struct Grenade;

    impl Drop for Grenade {
        fn drop(&mut self) {
            assert!(thread::panicking(), "as the test asked for");
        }
    }

    guard::run(|| async {
        let pair = Pair::bound(|path| {
            let server = Server::bind(path).unwrap();
            let handler = |_| async {
                let _grenade = Grenade;
                future::pending::<Result<Vec<u8>, Infallible>>().await
            };
            server.register("grenade", handler).unwrap()
        })
        .await;
        pair.acquaint().await;
        for _ in 0..50 {
            let client = pair.client.with_deadline(Duration::from_millis(5));
            let late = error(client.call("grenade", "").await);
            assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        }
        let gone = Client::dial(pair.path()).await.unwrap();
        let call = tokio::spawn({
            let gone = gone.clone();
            async move { gone.call("grenade", "").await }
        });
        gone.call("echo", "behind it").await.unwrap();
        call.abort();
        drop(gone);
        pair.acquaint().await;
        pair.end().await;
    });
}

#[test]
fn done_server_killed_ends_every_call() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::builder()
            .keep_alive_interval(Duration::from_millis(200))
            .deadline(Duration::from_secs(50));
        let client = client.dial(scratch.path("server")).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        let mut calls = JoinSet::new();
        // A thousand that the server runs, and a hundred that wait for one of them to end.
        for _ in 0..1100 {
            let client = client.clone();
            calls.spawn(async move { client.call("hang", "").await });
        }
        // The server has got all of those when it has answered one more, on another connection.
        let other = Client::dial(scratch.path("server")).await.unwrap();
        other.call("echo", "there?").await.unwrap();
        tokio::task::yield_now().await;
        drop(other);
        server.kill();

        let mut never_sent = 0;
        let ends = async {
            while let Some(result) = calls.join_next().await {
                match error(result.unwrap()) {
                    Error::Disconnected { may_have_run } => {
                        never_sent += usize::from(!may_have_run);
                    }
                    other => panic!("{other:?}"),
                }
            }
        };
        within(Duration::from_secs(1), ends).await;
        assert!(never_sent >= 100, "{never_sent}");
        let failed = error(within(SOON, client.call("echo", "x")).await);
        let gone = matches!(
            failed,
            Error::Disconnected {
                may_have_run: false
            } | Error::NotListening { .. }
        );
        assert!(gone, "{failed:?}");
        drop(client);
        // A process that was killed removes nothing; its setup socket is all that it leaves.
        assert_eq!(scratch.files(), ["server"]);
        std::fs::remove_file(scratch.path("server")).unwrap();
        scratch.leak_check();
    });
}

#[test]
fn done_server_killed_ends_a_call_that_waits_to_be_sent() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::builder().keep_alive_interval(Duration::from_millis(200));
        let client = client.dial(scratch.path("server")).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        server.pause();
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let client = client.clone();
            calls.spawn(async move { client.call("echo", vec![0; 100_000]).await });
        }
        let soon = CallOptions::new().with_deadline(Duration::from_millis(50));
        let late = error(client.call_with("echo", "x", soon).await);
        assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        server.kill();
        let ends = async {
            while let Some(result) = calls.join_next().await {
                let failed = error(result.unwrap());
                assert!(matches!(failed, Error::Disconnected { .. }), "{failed:?}");
            }
        };
        within(Duration::from_secs(1), ends).await;
        drop(client);
        std::fs::remove_file(scratch.path("server")).unwrap();
        scratch.leak_check();
    });
}

#[test]
fn done_client_killed_disturbs_nobody() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let arguments = "call server sleep --data 500 --count 100 --concurrency 100";
        let arguments: Vec<_> = arguments.split(' ').collect();
        let child = Process::start(peer(), pair.scratch.dir(), &arguments);
        let probe = Arc::clone(&pair.probe);
        guard::eventually(SOON, "100 running", || probe.running() == 100);
        child.kill();
        // Its calls run out, and their replies go nowhere.
        for index in 0..1000 {
            let data = format!("{index}");
            assert_eq!(pair.client.call("echo", data.clone()).await.unwrap(), data);
        }
        guard::eventually(SOON, "none running", || probe.running() == 0);
        assert_eq!(pair.client.call("sleep", "10").await.unwrap(), "10");
        pair.end().await;
    });
}
