//! How servers end: L-3 to L-5, L-10 and F-9.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domainsockets::{Client, Error, Server};
use tests::guard::{self, within};
use tests::process::Process;
use tests::scratch::Scratch;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::support::{Pair, SOON, error, peer, with_handlers};

#[test]
fn l03_graceful_shutdown() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let client = pair.client.clone();
            calls.spawn(async move { client.call("sleep", "1500").await });
        }
        let probe = &pair.probe;
        guard::eventually(SOON, "100 running", || probe.running() == 100);

        let (path, client) = (pair.path(), pair.client);
        let ending = tokio::spawn(pair.server.shutdown(Duration::from_secs(20)));
        let scratch = &pair.scratch;
        guard::eventually(SOON, "the name is gone", || scratch.files().is_empty());
        let late = error(Client::dial(&path).await);
        assert!(matches!(late, Error::NotListening { .. }), "{late:?}");
        // The name goes first, and then the connections are told.
        let mut late = client.call("echo", "too late").await;
        while late.is_ok() {
            late = client.call("echo", "too late").await;
        }
        assert!(matches!(late, Err(Error::ShuttingDown)), "{late:?}");
        for reply in calls.join_all().await {
            assert_eq!(reply.unwrap(), "1500", "what runs is finished");
        }
        // Far below the grace.
        within(SOON, ending).await.unwrap();
        drop(client);
        pair.scratch.leak_check();
    });
}

#[test]
fn l04_shutdown_forced() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let idle = Client::dial(pair.path()).await.unwrap();
        // A client that stands still, with replies that it does not read.
        let arguments = "call server size --data 60000 --count 100000 --concurrency 500";
        let arguments: Vec<_> = arguments.split(' ').collect();
        let stopped = Process::start(peer(), pair.scratch.dir(), &arguments);
        let mut calls = JoinSet::new();
        for _ in 0..10 {
            let client = pair.client.clone();
            calls.spawn(async move { client.call("hang", "").await });
        }
        let (probe, server, scratch) = (&pair.probe, &pair.server, &pair.scratch);
        guard::eventually(SOON, "ten running", || probe.running() == 10);
        guard::eventually(SOON, "three clients, and their files gone", || {
            server.stats().connections == 3 && scratch.files() == ["server"]
        });
        stopped.pause();

        let grace = Duration::from_millis(200);
        let begun = Instant::now();
        within(SOON, pair.server.shutdown(grace)).await;
        assert!(begun.elapsed() >= grace, "they had their time");
        for result in calls.join_all().await {
            let cut = error(result);
            assert!(
                matches!(cut, Error::ShuttingDown | Error::Disconnected { .. }),
                "{cut:?}"
            );
        }
        let probe = &pair.probe;
        guard::eventually(SOON, "all dropped", || probe.running() == 0);
        stopped.kill();
        drop((idle, pair.client));
        pair.scratch.leak_check();
    });
}

#[test]
fn l05_close_is_quiet() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path("server");
        for _ in 0..20 {
            let server = with_handlers(Server::bind(&path).unwrap(), &Arc::default());
            let server = server.start().unwrap();
            let client = Client::dial(&path).await.unwrap();
            client.call("echo", "on").await.unwrap();
            server.close().await;
            // The file is gone, and the name can be bound again at once, though a client is left.
            assert!(!path.exists());
        }
        scratch.leak_check();
    });
}

#[test]
fn l10_drop_in_runtime_shutdown() {
    guard::blocking(|| {
        let scratch = Scratch::new();
        let path = scratch.path("server");
        let (serving, calling, other) = (runtime(), runtime(), runtime());
        let probe = Arc::default();
        let server = serving.block_on(async {
            let server = Server::bind(&path).unwrap();
            with_handlers(server, &probe).start().unwrap()
        });
        let client = Client::builder().max_in_flight(2);
        let client = calling.block_on(client.dial(&path)).unwrap();
        assert_eq!(other.block_on(client.call("echo", "on")).unwrap(), "on");
        // Two that run, and others that wait for one of them to end.
        let hanging: Vec<_> = (0..50)
            .map(|_| {
                let client = client.clone();
                other.spawn(async move { client.call("hang", "").await })
            })
            .collect();
        guard::eventually(SOON, "two running", || probe.running() == 2);

        // The runtime of the client goes: whoever waits on another is told.
        drop(calling);
        for call in hanging {
            let cut = error(other.block_on(call).unwrap());
            assert!(matches!(cut, Error::Disconnected { .. }), "{cut:?}");
        }
        let cut = error(other.block_on(client.call("echo", "nobody drives it")));
        assert!(matches!(cut, Error::Disconnected { .. }), "{cut:?}");
        // The runtime of the server goes, and with it a client that lives outside.
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
fn f09_client_close_only() {
    guard::run(|| async {
        let pair = Pair::new().await;
        let scratch = &pair.scratch;
        let alone = scratch.bound_sockets().len();
        for _ in 0..20 {
            let client = Client::dial(pair.path()).await.unwrap();
            client.call("echo", "hello").await.unwrap();
            drop(client);
        }
        // Far below the 30 s after which a connection is idle.
        guard::eventually(SOON, "all connections freed", || {
            scratch.bound_sockets().len() <= alone
        });
        pair.end().await;
    });
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}
