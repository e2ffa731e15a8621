//! Servers and clients that are killed or stopped.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use std::{fs, thread};

use domainsockets::{CallOptions, Client, Error};
use tests::process::Process;
use tests::raw::RawServer;
use tests::scratch::Scratch;
use tests::subprocess::{cpu_time, in_subprocess, in_subprocess_under};
use tests::watchdog::{self, within};
use tokio::task::JoinSet;

use crate::support::{Daemon, Pair, SOON, error, in_time, peer};

/// The longest time until a death must be noticed.
const NOTICED: Duration = Duration::from_millis(250);

/// The number of calls that a client has in flight by default.
const SENT: usize = 1000;
/// The number of further calls, which wait for a permit.
const QUEUED: usize = 100;

#[test]
fn f01_killed_server_ends_calls_in_flight_at_once() {
    watchdog::run(|| async {
        in_time(NOTICED, || async {
            let scratch = Scratch::new();
            let server = Process::serve(peer(), scratch.dir(), "server");
            let client = Client::dial(scratch.path("server")).await.unwrap();
            let calls = hang(&scratch, &client).await;
            let took = ends_when_killed(server, calls).await;
            assert_gone(&client).await;
            drop(client);
            end(&scratch);
            took
        })
        .await;
    });
}

/// A reply sent before the server died reaches its caller, even if the client notices the death first.
#[test]
fn f01_replies_sent_before_the_servers_death_count() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let setup = RawServer::bind(scratch.path("raw"));
        let accepting = thread::spawn(move || setup.accept());
        // On one thread, the client runs only while this task awaits.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let client = Client::dial(scratch.path("raw")).await.unwrap();
            let mut server = accepting.join().unwrap();
            let mut answered = Box::pin(client.call("echo", "first"));
            // These calls are sent together.
            let mut late: Vec<_> = (0..16)
                .map(|_| Box::pin(client.call("echo", "late")))
                .collect();
            poll_fn(|context| {
                assert!(answered.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
            let request = server.request();
            server.reply(request.id, b"in time");
            drop(server);
            poll_fn(|context| {
                for call in &mut late {
                    assert!(call.as_mut().poll(context).is_pending());
                }
                Poll::Ready(())
            })
            .await;
            for call in late {
                assert!(matches!(call.await, Err(Error::Disconnected { .. })));
            }
            assert_eq!(answered.await.unwrap(), "in time");
        });
        drop(runtime);
        scratch.leak_check();
    });
}

#[test]
fn f02_idle_client_notices_a_death_without_polling() {
    const WINDOW: Duration = Duration::from_secs(1);

    in_subprocess(
        module_path!(),
        "f02_idle_client_notices_a_death_without_polling",
        || {
            watchdog::run(|| async {
                in_time(Duration::from_millis(100), || async {
                    let Daemon {
                        scratch,
                        server,
                        client,
                    } = Daemon::new().await;
                    server.kill();
                    // This sleep does not wait for an event: it is the period whose processor time is
                    // measured.
                    let before = cpu_time();
                    tokio::time::sleep(WINDOW).await;
                    let spent = cpu_time().saturating_sub(before);
                    assert!(spent < WINDOW / 20, "{spent:?} of {WINDOW:?}");
                    let begun = Instant::now();
                    assert_gone(&client).await;
                    let took = begun.elapsed();
                    drop(client);
                    end(&scratch);
                    took
                })
                .await;
            });
        },
    );
}

#[test]
fn f03_killed_server_ends_calls_behind_a_full_queue() {
    watchdog::run(|| async {
        in_time(NOTICED, || async {
            let Daemon {
                scratch,
                server,
                client,
            } = Daemon::new().await;
            server.pause();
            let mut calls = JoinSet::new();
            for _ in 0..100 {
                let client = client.clone();
                calls.spawn(async move { client.call("echo", vec![0; 20_000]).await });
            }
            watchdog::eventually(SOON, "all in flight", || client.stats().in_flight == 100);
            // A call made after these waits as well, until its deadline.
            let late = client.with_deadline(Duration::from_millis(50));
            let late = error(late.call("echo", "x").await);
            assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");

            let killed = Instant::now();
            server.kill();
            while let Some(result) = calls.join_next().await {
                let cut = error(result.unwrap());
                assert!(matches!(cut, Error::Disconnected { .. }), "{cut:?}");
            }
            let took = killed.elapsed();
            drop(client);
            end(&scratch);
            took
        })
        .await;
    });
}

/// Without a pidfd of the server, its death is noticed with the next keep-alive.
#[test]
fn f04_keep_alives_notice_a_death_without_pidfds() {
    const KEEPALIVE: Duration = Duration::from_millis(500);

    let inject = "pidfd_open:error=ENOSYS";
    in_subprocess_under(
        inject,
        module_path!(),
        "f04_keep_alives_notice_a_death_without_pidfds",
        || {
            watchdog::run(|| async {
                let scratch = Scratch::new();
                let server = Process::serve(peer(), scratch.dir(), "server");
                let client = Client::builder().keep_alive_interval(KEEPALIVE);
                let client = client.dial(scratch.path("server")).await.unwrap();
                let calls = hang(&scratch, &client).await;
                let took = ends_when_killed(server, calls).await;
                assert!(took < KEEPALIVE + Duration::from_secs(1), "{took:?}");
                assert_gone(&client).await;
                drop(client);
                end(&scratch);
            });
        },
    );
}

/// The server drops the handlers of a client that has died.
#[test]
fn f07_handlers_of_a_killed_client_are_dropped() {
    watchdog::run(|| async {
        let daemon = Daemon::new().await;
        let descriptors = daemon.server.descriptors();
        let mut round = 0;
        in_time(NOTICED, || {
            round += 1;
            let (daemon, all) = (&daemon, 100 * round);
            async move {
                let arguments = "call server notify_drop --count 100 --concurrency 100";
                let arguments: Vec<_> = arguments.split(' ').collect();
                let child = Process::start(peer(), daemon.scratch.dir(), &arguments);
                let begun = format!("{} of {all}", all - 100);
                until_told(&daemon.client, "dropped", &begun).await;
                let killed = Instant::now();
                child.kill();
                until_told(&daemon.client, "dropped", &format!("{all} of {all}")).await;
                killed.elapsed()
            }
        })
        .await;
        let server = &daemon.server;
        watchdog::eventually(SOON, "descriptors as before", || {
            server.descriptors() <= descriptors
        });
        daemon.end();
    });
}

#[test]
fn f08_unread_replies_of_a_killed_client_are_dropped() {
    watchdog::run(|| async {
        in_time(Duration::from_millis(10), || async {
            let daemon = Daemon::new().await;
            let (server, client) = (&daemon.server, &daemon.client);
            let descriptors = server.descriptors();
            let arguments = "call server size --data 1048576 --count 100000 --concurrency 50";
            let arguments: Vec<_> = arguments.split(' ').collect();
            let child = Process::start(peer(), daemon.scratch.dir(), &arguments);
            watchdog::eventually(SOON, "megabytes of replies", || {
                server.peak_resident() > 16 << 20
            });
            // The client keeps 50 calls in flight, so there are unread replies now.
            child.pause();
            let mut latencies = Vec::new();
            for round in 0..500 {
                if round == 250 {
                    child.shoot();
                }
                let begun = Instant::now();
                let reply = within(SOON, client.call("size", "1000")).await.unwrap();
                latencies.push(begun.elapsed());
                assert_eq!(reply.len(), 1000);
            }
            child.kill();
            watchdog::eventually(SOON, "descriptors as before", || {
                server.descriptors() <= descriptors
            });
            is_at_rest(server).await;
            daemon.end();
            latencies.sort_unstable();
            // The slowest tenth is ignored: other processes may delay it, and a handler that hangs
            // delays more calls.
            latencies[latencies.len() * 9 / 10]
        })
        .await;
    });
}

#[test]
fn f05_stopped_server_serves_again_when_it_continues() {
    const DEADLINE: Duration = Duration::from_millis(300);

    watchdog::run(|| async {
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
fn killed_server_ends_calls_in_flight_and_queued() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::builder()
            .keep_alive_interval(Duration::from_millis(200))
            .deadline(Duration::from_secs(50));
        let client = client.dial(scratch.path("server")).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        let mut calls = JoinSet::new();
        // A thousand that the server runs, and a hundred that wait for a permit.
        for _ in 0..1100 {
            let client = client.clone();
            calls.spawn(async move { client.call("hang", "").await });
        }
        // The server has received all of them once it answers one more call, on another connection.
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
        // A killed process removes nothing. All it leaves behind is its setup socket.
        assert_eq!(scratch.files(), ["server"]);
        fs::remove_file(scratch.path("server")).unwrap();
        scratch.leak_check();
    });
}

#[test]
fn killed_server_ends_calls_that_wait_to_be_sent() {
    watchdog::run(|| async {
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
        fs::remove_file(scratch.path("server")).unwrap();
        scratch.leak_check();
    });
}

#[test]
fn killed_client_disturbs_no_other() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let arguments = "call server sleep --data 500 --count 100 --concurrency 100";
        let arguments: Vec<_> = arguments.split(' ').collect();
        let child = Process::start(peer(), pair.scratch.dir(), &arguments);
        let probe = Arc::clone(&pair.probe);
        watchdog::eventually(SOON, "100 running", || probe.running() == 100);
        child.kill();
        // The killed client's calls finish, and their replies are discarded.
        for index in 0..1000 {
            let data = format!("{index}");
            assert_eq!(pair.client.call("echo", data.clone()).await.unwrap(), data);
        }
        watchdog::eventually(SOON, "none running", || probe.running() == 0);
        assert_eq!(pair.client.call("sleep", "10").await.unwrap(), "10");
        pair.end().await;
    });
}

/// Asserts that a server without requests takes almost no processor time.
async fn is_at_rest(server: &Process) {
    in_time(Duration::from_millis(25), || async {
        let before = server.cpu_time();
        // This sleep does not wait for an event: it is the period whose processor time is measured.
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.cpu_time().saturating_sub(before)
    })
    .await;
}

/// Starts as many calls as the client has in flight, all of which the server runs, and more that wait.
async fn hang(scratch: &Scratch, client: &Client) -> JoinSet<Result<domainsockets::Bytes, Error>> {
    client.call("echo", "hello").await.unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..SENT + QUEUED {
        let client = client.clone();
        calls.spawn(async move { client.call("notify_drop", "").await });
    }
    let other = Client::dial(scratch.path("server")).await.unwrap();
    until_told(&other, "dropped", &format!("0 of {SENT}")).await;
    calls
}

/// Kills the server, and returns how long it took until each call failed.
async fn ends_when_killed(
    server: Process,
    mut calls: JoinSet<Result<domainsockets::Bytes, Error>>,
) -> Duration {
    let (mut sent, mut queued) = (0, 0);
    let killed = Instant::now();
    server.kill();
    while let Some(result) = calls.join_next().await {
        match error(result.unwrap()) {
            Error::Disconnected { may_have_run: true } => sent += 1,
            Error::Disconnected {
                may_have_run: false,
            } => queued += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((sent, queued), (SENT, QUEUED));
    killed.elapsed()
}

/// Asserts that a call to a killed server fails at once.
async fn assert_gone(client: &Client) {
    let refused = error(within(SOON, client.call("echo", "x")).await);
    let never_ran = matches!(
        refused,
        Error::Disconnected {
            may_have_run: false
        } | Error::NotListening { .. }
    );
    assert!(never_ran, "{refused:?}");
}

/// Calls `handler` until it replies with `expected`.
async fn until_told(client: &Client, handler: &str, expected: &str) {
    let end = Instant::now() + SOON;
    loop {
        let told = client.call(handler, "").await.unwrap();
        if told == expected {
            return;
        }
        assert!(Instant::now() < end, "not {expected} but {told:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Removes the file that a killed server leaves behind, and checks that there is no other.
fn end(scratch: &Scratch) {
    fs::remove_file(scratch.path("server")).unwrap();
    scratch.leak_check();
}
