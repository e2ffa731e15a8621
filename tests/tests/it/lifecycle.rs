//! From the first file to the last: L-1, L-2 and L-6, and that a clean end leaves nothing.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use domainsockets::{Client, Error, ServeError, Server};
use tests::alone::{alone, descriptors};
use tests::guard;
use tests::process::Process;
use tests::raw::RawServer;
use tests::scratch::Scratch;
use tests::wire::KEEPALIVE;
use tokio::task::{self, JoinSet};

use crate::support::{Pair, SOON, error, peer, timely};

#[test]
fn l01_connect_before_server() {
    guard::run(|| async {
        let scratch = Scratch::new();
        drop(UnixDatagram::bind(scratch.path("stale")).unwrap());
        fs::write(scratch.path("file"), "no socket").unwrap();
        for name in ["nothing", "stale", "file"] {
            let path = &scratch.path(name);
            timely(Duration::ZERO..Duration::from_millis(50), || async move {
                let refused = error(Client::dial(path).await);
                let named = matches!(&refused, Error::NotListening { path: own } if own == path);
                assert!(named, "{name}: {refused:?}");
            })
            .await;
        }
        assert_eq!(scratch.files(), ["file", "stale"]);
        fs::remove_file(scratch.path("file")).unwrap();
        fs::remove_file(scratch.path("stale")).unwrap();
        scratch.leak_check();
    });
}

#[test]
fn l02_files_gone() {
    alone(module_path!(), "l02_files_gone", || {
        guard::run(|| async {
            let before = descriptors();
            let pair = Pair::new().await;
            let mut clients = Vec::new();
            for _ in 0..100 {
                clients.push(Client::dial(pair.path()).await.unwrap());
            }
            let scratch = &pair.scratch;
            guard::eventually(SOON, "no UUIDs", || scratch.files() == ["server"]);
            let mut calls = JoinSet::new();
            for client in &clients {
                let client = client.clone();
                calls.spawn(async move { client.call("echo", "on").await });
            }
            for result in calls.join_all().await {
                assert_eq!(result.unwrap(), "on");
            }
            drop(clients);
            pair.end().await;
            guard::eventually(SOON, "descriptors as before", || descriptors() <= before);
        });
    });
}

#[test]
fn l02_keepalive_at_once() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || server.accept());
        let client = Client::builder().keepalive(Duration::from_millis(50));
        let client = client.dial(path).await.unwrap();
        let mut server = accepting.await.unwrap();
        for _ in 0..3 {
            assert_eq!(server.receive(SOON).as_deref(), Some(&KEEPALIVE[..]));
        }
        drop((client, server));
        scratch.leak_check();
    });
}

#[test]
fn l06_stale_reclaim() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let first = Process::serve(peer(), scratch.dir(), "server");
        first.kill();
        assert_eq!(scratch.files(), ["server"]);

        let second = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::dial(scratch.path("server")).await.unwrap();
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        for _ in 0..3 {
            let refused = Server::bind(scratch.path("server")).map(|_| ());
            let refused = refused.expect_err("the name is taken");
            assert!(
                matches!(refused, ServeError::AddrInUse { .. }),
                "{refused:?}"
            );
        }
        assert_eq!(
            client.call("echo", "undisturbed").await.unwrap(),
            "undisturbed"
        );
        let other = Client::dial(scratch.path("server")).await.unwrap();
        assert_eq!(other.call("echo", "as well").await.unwrap(), "as well");
        drop((client, other));
        assert!(second.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn l06_live_server_of_the_same_process() {
    guard::run(|| async {
        let pair = Pair::new().await;
        let refused = Server::bind(pair.path()).map(|_| ());
        let refused = refused.expect_err("the name is taken");
        assert!(
            matches!(refused, ServeError::AddrInUse { .. }),
            "{refused:?}"
        );
        pair.acquaint().await;
        let path = pair.path();
        drop(pair.client);
        pair.server.close().await;
        // The name is free at once.
        drop(Server::bind(path).unwrap());
        pair.scratch.leak_check();
    });
}

#[test]
fn done_clean_end_of_the_server_leaves_no_file() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let idle = Client::dial(scratch.path("server")).await.unwrap();
        let client = Client::dial(scratch.path("server")).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        let waiting = tokio::spawn({
            let client = client.clone();
            async move { client.call("sleep", "300").await }
        });
        let counting = tokio::spawn({
            let client = client.clone();
            async move { client.call("sleep", "100").await }
        });
        // Both were sent before the one is answered, and the other still runs.
        assert_eq!(counting.await.unwrap().unwrap(), "100");
        assert!(server.terminate().success());
        assert_eq!(scratch.files(), Vec::<String>::new());
        assert_eq!(
            waiting.await.unwrap().unwrap(),
            "300",
            "what runs is finished"
        );
        let cut = error(client.call("echo", "too late").await);
        assert!(
            matches!(
                cut,
                Error::Disconnected {
                    may_have_run: false
                } | Error::ShuttingDown
                    | Error::NotListening { .. }
            ),
            "{cut:?}"
        );
        drop((idle, client));
        scratch.leak_check();
    });
}

#[test]
fn done_clean_end_of_the_client_leaves_no_file() {
    guard::run(|| async {
        let pair = Pair::new().await;
        let arguments = "call server echo --data hello --count 1000 --concurrency 10";
        let arguments: Vec<_> = arguments.split(' ').collect();
        let output = Process::output(peer(), pair.scratch.dir(), &arguments);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(pair.scratch.files(), ["server"]);

        // Both sockets of a connection go with the client, not only with the server.
        pair.acquaint().await;
        let sockets = pair.scratch.bound_sockets().len();
        assert!(sockets > 1, "{sockets}");
        drop(pair.client);
        let scratch = &pair.scratch;
        guard::eventually(SOON, "only the setup socket", || {
            scratch.bound_sockets().len() == 1
        });
        pair.server.close().await;
        pair.scratch.leak_check();
    });
}

#[test]
fn done_dropped_handle_leaves_no_file() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        drop(pair.server);
        drop(pair.client);
        pair.scratch.leak_check();
    });
}
