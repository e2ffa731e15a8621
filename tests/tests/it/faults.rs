//! Handlers and processes that fail: F-15, and peers that are killed.

use std::time::Duration;

use domainsockets::{CallOptions, Client, Error};
use tests::guard::{self, within};
use tests::process::Process;
use tests::scratch::Scratch;
use tokio::task::JoinSet;

use crate::support::{Pair, SOON, error, peer};

#[test]
fn f15_handler_panic() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::dial(scratch.path("server")).await.unwrap();
        client.call("echo", "hello").await.unwrap();
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
        drop(client);
        assert!(server.terminate().success());
        scratch.leak_check();
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
fn done_server_killed_ends_every_call() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::builder()
            .keepalive(Duration::from_millis(200))
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
        let client = Client::builder().keepalive(Duration::from_millis(200));
        let client = client.dial(scratch.path("server")).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        server.pause();
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let client = client.clone();
            calls.spawn(async move { client.call("echo", vec![0; 100_000]).await });
        }
        let soon = CallOptions::new().deadline(Duration::from_millis(50));
        let late = error(client.call_with("echo", "x", soon).await);
        assert!(matches!(late, Error::DeadlineExceeded), "{late:?}");
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
        let probe = std::sync::Arc::clone(&pair.probe);
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
