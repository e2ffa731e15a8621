//! How servers, clients and runtimes end.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domainsockets::{Client, Error, Request, Server};
use tests::handshake::StartServer;
use tests::process::Process;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::subprocess::{cpu_time, in_subprocess};
use tests::watchdog::{self, within};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::support::{Pair, QUIET, SOON, error, in_time, peer, with_handlers};

#[test]
fn l03_graceful_shutdown_finishes_running_calls() {
    const CALLS: usize = 100;

    watchdog::run(|| async {
        in_time(QUIET, || async {
            let gate = Gate::default();
            let pair = Pair::bound(|path| gate.guard(Server::bind(path).unwrap())).await;
            pair.acquaint().await;
            let mut calls = JoinSet::new();
            for _ in 0..CALLS {
                let client = pair.client.clone();
                calls.spawn(async move { client.call("held", "done").await });
            }
            watchdog::eventually(SOON, "all held", || gate.held() == CALLS);

            let (path, client) = (pair.path(), pair.client);
            let ending = tokio::spawn(pair.server.shutdown(Duration::from_secs(20)));
            let scratch = &pair.scratch;
            watchdog::eventually(SOON, "the name is removed", || scratch.files().is_empty());
            let late = error(Client::dial(&path).await);
            assert!(matches!(late, Error::NotListening { .. }), "{late:?}");
            // The server removes its name first, and then notifies the connections.
            let mut late = client.call("echo", "too late").await;
            while late.is_ok() {
                late = client.call("echo", "too late").await;
            }
            assert!(matches!(late, Err(Error::ShuttingDown)), "{late:?}");
            assert!(!ending.is_finished(), "the server waits for running calls");
            let opened = Instant::now();
            gate.open(CALLS);
            for reply in calls.join_all().await {
                assert_eq!(reply.unwrap(), "done", "running calls finish");
            }
            // Far less than the grace period.
            within(SOON, ending).await.unwrap().unwrap();
            let took = opened.elapsed();
            drop(client);
            pair.scratch.leak_check();
            took
        })
        .await;
    });
}

#[test]
fn l04_shutdown_ends_after_its_grace_period() {
    const GRACE: Duration = Duration::from_millis(200);

    watchdog::run(|| async {
        in_time(2 * GRACE, || async {
            let pair = Pair::new().await;
            pair.acquaint().await;
            let idle = Client::dial(pair.path()).await.unwrap();
            // A client that is paused, with replies that it has not read.
            let arguments = "call server size --data 60000 --count 100000 --concurrency 500";
            let arguments: Vec<_> = arguments.split(' ').collect();
            let stopped = Process::start(peer(), pair.scratch.dir(), &arguments);
            let mut calls = JoinSet::new();
            for _ in 0..10 {
                let client = pair.client.clone();
                calls.spawn(async move { client.call("hang", "").await });
            }
            let (probe, server, scratch) = (&pair.probe, &pair.server, &pair.scratch);
            watchdog::eventually(SOON, "ten running", || probe.running() == 10);
            watchdog::eventually(SOON, "three clients, and their files removed", || {
                server.stats().connections == 3 && scratch.files() == ["server"]
            });
            stopped.pause();

            let begun = Instant::now();
            within(SOON, pair.server.shutdown(GRACE)).await.unwrap();
            let took = begun.elapsed();
            assert!(
                took >= GRACE,
                "the server waited for the whole grace period"
            );
            for result in calls.join_all().await {
                let cut = error(result);
                assert!(
                    matches!(cut, Error::ShuttingDown | Error::Disconnected { .. }),
                    "{cut:?}"
                );
            }
            watchdog::eventually(SOON, "all dropped", || probe.running() == 0);
            stopped.kill();
            drop((idle, pair.client));
            pair.scratch.leak_check();
            took
        })
        .await;
    });
}

#[test]
fn a_server_waits_for_handlers_as_long_as_its_grace_period() {
    const GRACE: Duration = Duration::from_millis(200);

    watchdog::run(|| async {
        in_time(2 * GRACE, || async {
            let pair = Pair::new().await;
            let client = pair.client.clone();
            let call = tokio::spawn(async move { client.call("hang", "").await });
            watchdog::eventually(SOON, "one running", || pair.probe.running() == 1);
            let begun = Instant::now();
            let server = pair.server.grace(GRACE);
            within(SOON, server.run_until(async {})).await.unwrap();
            let took = begun.elapsed();
            assert!(took >= GRACE, "{took:?}");
            let cut = error(call.await.unwrap());
            assert!(matches!(cut, Error::ShuttingDown), "{cut:?}");
            drop(pair.client);
            pair.scratch.leak_check();
            took
        })
        .await;
    });
}

#[test]
fn l05_closed_server_takes_no_processor_time() {
    const WINDOW: Duration = Duration::from_secs(1);

    in_subprocess(
        module_path!(),
        "l05_closed_server_takes_no_processor_time",
        || {
            watchdog::run(|| async {
                let scratch = Scratch::new();
                let path = &scratch.path("server");
                in_time(WINDOW / 50, || async move {
                    let mut clients = Vec::new();
                    for _ in 0..10 {
                        let server = with_handlers(Server::bind(path).unwrap(), &Arc::default());
                        let server = server.started().unwrap();
                        let client = Client::dial(path).await.unwrap();
                        client.call("echo", "on").await.unwrap();
                        let mut raw = RawClient::connect(path);
                        raw.call(1, "echo", b"on");
                        server.close().await.unwrap();
                        // The file is removed, and the name can be bound again at once, although clients
                        // remain.
                        assert!(!path.exists());
                        clients.push((client, raw));
                    }
                    // This sleep does not wait for an event: it is the period whose processor time is
                    // measured.
                    let before = cpu_time();
                    tokio::time::sleep(WINDOW).await;
                    let spent = cpu_time().saturating_sub(before);
                    drop(clients);
                    spent
                })
                .await;
                scratch.leak_check();
            });
        },
    );
}

#[test]
fn l10_clients_and_servers_may_be_dropped_after_their_runtime() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let path = scratch.path("server");
        let (serving, calling, other) = (runtime(), runtime(), runtime());
        let probe = Arc::default();
        let server = serving.block_on(async {
            let server = Server::bind(&path).unwrap();
            with_handlers(server, &probe).started().unwrap()
        });
        let client = Client::builder().max_in_flight(2);
        let client = calling.block_on(client.dial(&path)).unwrap();
        assert_eq!(other.block_on(client.call("echo", "on")).unwrap(), "on");
        // Two calls that run, and others that wait for a permit.
        let hanging: Vec<_> = (0..50)
            .map(|_| {
                let client = client.clone();
                other.spawn(async move { client.call("hang", "").await })
            })
            .collect();
        watchdog::eventually(SOON, "two running", || probe.running() == 2);

        // The client's runtime ends: calls that wait on another runtime fail.
        drop(calling);
        for call in hanging {
            let cut = error(other.block_on(call).unwrap());
            assert!(matches!(cut, Error::Disconnected { .. }), "{cut:?}");
        }
        let cut = error(other.block_on(client.call("echo", "no driver runs")));
        assert!(matches!(cut, Error::Disconnected { .. }), "{cut:?}");
        // The server's runtime ends, and with it the connection of a client on another runtime.
        let client = other.block_on(Client::dial(&path)).unwrap();
        let hanging = other.spawn({
            let client = client.clone();
            async move { client.call("hang", "").await }
        });
        other.block_on(client.call("echo", "behind it")).unwrap();
        drop(serving);
        let cut = error(other.block_on(hanging).unwrap());
        assert!(
            matches!(cut, Error::ShuttingDown | Error::Disconnected { .. }),
            "{cut:?}"
        );
        // Both outlive all runtimes.
        drop(other);
        drop(client);
        drop(server);
        scratch.leak_check();
    });
}

#[test]
fn f09_dropped_client_frees_its_connection_at_once() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let scratch = &pair.scratch;
        let alone = scratch.bound_sockets().len();
        for _ in 0..20 {
            let client = Client::dial(pair.path()).await.unwrap();
            client.call("echo", "hello").await.unwrap();
            drop(client);
        }
        // Far less than the 30 s after which a connection is idle.
        watchdog::eventually(SOON, "all connections freed", || {
            scratch.bound_sockets().len() <= alone
        });
        pair.end().await;
    });
}

#[test]
fn request_received_before_a_shutdown_is_handled() {
    watchdog::run(|| async {
        for _ in 0..20 {
            let (note, mut noted) = mpsc::unbounded_channel();
            let pair = Pair::bound(|path| {
                let server = Server::bind(path).unwrap();
                let note = move |request: Request| {
                    let noted = note.send(request.into_data());
                    async { noted.map(|()| "") }
                };
                server.register("note", note).unwrap()
            })
            .await;
            pair.client.send("note", "last").await.unwrap();
            pair.server.close().await.unwrap();
            assert_eq!(noted.recv().await.unwrap(), "last");
            drop(pair.client);
            pair.scratch.leak_check();
        }
    });
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

/// Holds the calls of `held` until the test releases them.
#[derive(Clone)]
struct Gate {
    held: Arc<AtomicUsize>,
    passes: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            held: Arc::default(),
            passes: Arc::new(Semaphore::new(0)),
        }
    }
}

impl Gate {
    fn guard(&self, server: Server) -> Server {
        let gate = self.clone();
        let held = move |request: Request| {
            let gate = gate.clone();
            async move {
                gate.held.fetch_add(1, Ordering::SeqCst);
                let _pass = gate.passes.acquire().await;
                Ok::<_, Infallible>(request.into_data())
            }
        };
        server.register("held", held).unwrap()
    }

    /// Returns how many calls have begun.
    fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    /// Releases up to `passes` calls.
    fn open(&self, passes: usize) {
        self.passes.add_permits(passes);
    }
}
