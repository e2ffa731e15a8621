//! Clients of a Go server that are dropped while a call is in flight: its reply has to be received, since the server
//! retries it without an end and sends no other reply of that handler until then.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::{CallOptions, Client, Error, blocking};
use tests::gopeer::{GoServer, Outcome};
use tests::scratch::Scratch;
use tests::watchdog;

use crate::support::{QUIET, SOON, error};

/// A Go server with a handler `slow`, which takes 300 ms.
struct Slow {
    scratch: Scratch,
    server: GoServer,
    handled: Arc<AtomicUsize>,
}

impl Slow {
    fn new() -> Self {
        let scratch = Scratch::new();
        let handled = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&handled);
        let server = GoServer::builder()
            .slow_handler("slow", move |data| {
                if data == b"slow" {
                    thread::sleep(3 * QUIET);
                }
                count.fetch_add(1, Ordering::SeqCst);
                Outcome::Data(data.to_vec())
            })
            .start(scratch.path("go"));
        Self {
            scratch,
            server,
            handled,
        }
    }

    async fn dial(&self) -> Client {
        Client::dial(self.server.path()).await.unwrap()
    }

    /// Checks that another caller of the handler is answered once the handler has run.
    async fn assert_usable(self) {
        watchdog::eventually(SOON, "handled", || self.handled.load(Ordering::SeqCst) == 1);
        let other = self.dial().await;
        let options = CallOptions::new().with_deadline(Duration::from_secs(1));
        // The server sends the late reply while these calls are made.
        let begun = Instant::now();
        while begun.elapsed() < 2 * QUIET {
            let reply = other.call_with("slow", "other", options.clone()).await;
            assert_eq!(self.server.stuck(), Vec::<String>::new());
            assert_eq!(reply.unwrap(), "other");
        }
        drop(other);
        self.server.stop_and_clean();
        self.scratch.leak_check();
    }
}

fn brief() -> CallOptions {
    CallOptions::new().with_deadline(QUIET)
}

#[test]
fn x21_client_dropped_after_a_deadline_receives_the_late_reply_of_a_go_server() {
    watchdog::run(|| async {
        let go = Slow::new();
        let client = go.dial().await;
        let late = error(client.call_with("slow", "slow", brief()).await);
        assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        drop(client);
        go.assert_usable().await;
    });
}

#[test]
fn x21_client_closed_after_a_deadline_receives_the_late_reply_of_a_go_server() {
    watchdog::run(|| async {
        let go = Slow::new();
        let client = go.dial().await;
        error(client.call_with("slow", "slow", brief()).await);
        client.close().await;
        go.assert_usable().await;
    });
}

#[test]
fn x21_client_dropped_with_its_call_receives_the_late_reply_of_a_go_server() {
    watchdog::run(|| async {
        let go = Slow::new();
        let client = go.dial().await;
        let call = client.call("slow", "slow");
        tokio::time::timeout(QUIET, call).await.unwrap_err();
        drop(client);
        go.assert_usable().await;
    });
}

#[test]
fn x21_client_dropped_after_a_one_way_call_receives_the_reply_of_a_go_server() {
    watchdog::run(|| async {
        let go = Slow::new();
        let client = go.dial().await;
        client.send("slow", "slow").await.unwrap();
        drop(client);
        go.assert_usable().await;
    });
}

#[test]
fn x21_blocking_client_dropped_after_a_deadline_receives_the_late_reply_of_a_go_server() {
    watchdog::run(|| async {
        let go = Slow::new();
        let path = go.server.path().to_owned();
        let calls = move || {
            let client = blocking::Client::dial(path).unwrap();
            error(client.call_with("slow", "slow", brief()));
        };
        tokio::task::spawn_blocking(calls).await.unwrap();
        go.assert_usable().await;
    });
}

#[test]
fn x21_blocking_client_dropped_after_a_one_way_call_receives_the_reply_of_a_go_server() {
    watchdog::run(|| async {
        let go = Slow::new();
        let path = go.server.path().to_owned();
        let calls = move || {
            let client = blocking::Client::dial(path).unwrap();
            client.send("slow", "slow").unwrap();
        };
        tokio::task::spawn_blocking(calls).await.unwrap();
        go.assert_usable().await;
    });
}
