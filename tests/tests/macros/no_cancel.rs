//! Methods that finish even if their caller exits.

use std::time::Duration;

use domainsockets::{Client, Server, ServerBuilder, ServerHandle, service};
use tests::scratch::Scratch;
use tests::watchdog::{self, eventually};
use tokio::sync::{Semaphore, mpsc};

#[service]
trait Ledger {
    /// Waits until [`release`](Self::release) is called.
    #[rpc(no_cancel, alias = "Ledger.write")]
    async fn book(&self, entry: &str) -> u8;
    /// Does the same, but can be cancelled.
    async fn draft(&self, entry: &str) -> u8;
    async fn release(&self);
}

struct Paper {
    events: mpsc::UnboundedSender<String>,
    released: Semaphore,
}

/// Reports how a method ends.
struct Entry<'a>(&'a Paper, &'a str, bool);

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let Self(paper, entry, finished) = self;
        let how = if *finished { "finished" } else { "stopped" };
        let _ = paper.events.send(format!("{how} {entry}"));
    }
}

impl Paper {
    async fn write(&self, entry: &str) -> u8 {
        let mut guard = Entry(self, entry, false);
        self.events.send(format!("begun {entry}")).unwrap();
        self.released.acquire().await.unwrap().forget();
        guard.2 = true;
        1
    }
}

impl Ledger for Paper {
    async fn book(&self, entry: &str) -> u8 {
        self.write(entry).await
    }
    async fn draft(&self, entry: &str) -> u8 {
        self.write(entry).await
    }
    async fn release(&self) {
        self.released.add_permits(1);
    }
}

struct Desk {
    scratch: Scratch,
    server: ServerHandle,
    ledger: LedgerClient,
    told: mpsc::UnboundedReceiver<String>,
    paper: std::sync::Arc<Paper>,
}

impl Desk {
    async fn new(set: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let scratch = Scratch::new();
        let (events, told) = mpsc::unbounded_channel();
        let released = Semaphore::new(0);
        let paper = std::sync::Arc::new(Paper { events, released });
        let server = set(Server::builder()).bind(scratch.path("desk")).unwrap();
        let service = LedgerServer::from_arc(std::sync::Arc::clone(&paper));
        let server = server.add_service(service).unwrap().start().unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        // After a reply the client knows that the server understands a goodbye.
        client.call("nothing", "").await.unwrap_err();
        Self {
            ledger: LedgerClient::new(client),
            scratch,
            server,
            told,
            paper,
        }
    }

    async fn told(&mut self, what: &str) {
        assert_eq!(self.told.recv().await.unwrap(), what);
    }

    /// Calls a method, and drops the call once it has begun.
    async fn give_up(&mut self, handler: &str, entry: &str) {
        let mut data = vec![u8::try_from(entry.len()).unwrap()];
        data.extend_from_slice(entry.as_bytes());
        let call = self.ledger.carrier().call(handler, data);
        let begun = async { self.told.recv().await.unwrap() };
        tokio::select! {
            reply = call => panic!("it was not released: {reply:?}"),
            begun = begun => assert_eq!(begun, format!("begun {entry}")),
        }
    }
}

#[test]
fn cancelled_call_is_finished() {
    watchdog::run(|| async {
        let mut desk = Desk::new(|server| server).await;
        desk.give_up("Ledger.draft", "a").await;
        desk.told("stopped a").await;
        for name in ["Ledger.book", "Ledger.write"] {
            desk.give_up(name, "b").await;
            desk.ledger.release().await.unwrap();
            desk.told("finished b").await;
        }
        // The replies were discarded.
        desk.ledger.release().await.unwrap();
        assert_eq!(desk.ledger.book("c").await.unwrap(), 1);
        assert_eq!(desk.ledger.carrier().stats().stray_replies, 0);
        let Desk {
            scratch,
            server,
            ledger,
            ..
        } = desk;
        drop(ledger);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn call_of_a_disconnected_caller_is_finished() {
    watchdog::run(|| async {
        let mut desk = Desk::new(|server| server).await;
        let other = LedgerClient::dial(desk.server.path()).await.unwrap();
        desk.give_up("Ledger.book", "a").await;
        drop(std::mem::replace(&mut desk.ledger, other));
        eventually(Duration::from_secs(10), "one connection", || {
            desk.server.stats().connections == 1
        });
        desk.ledger.release().await.unwrap();
        desk.told("finished a").await;
        let Desk {
            scratch,
            server,
            ledger,
            ..
        } = desk;
        drop(ledger);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

/// A running handler counts against its user's limit, even when its call is cancelled.
#[test]
fn unfinished_calls_count_against_the_limit() {
    watchdog::run(|| async {
        let mut desk = Desk::new(|server| server.max_in_flight_per_user(2)).await;
        desk.give_up("Ledger.book", "a").await;
        desk.give_up("Ledger.book", "b").await;
        match desk.ledger.book("c").await {
            Err(domainsockets::Error::Overloaded { .. }) => {}
            other => panic!("a third beside the two that run: {other:?}"),
        }
        desk.paper.released.add_permits(2);
        for _ in 0..2 {
            let told = desk.told.recv().await.unwrap();
            assert!(told.starts_with("finished"), "{told}");
        }
        let Desk {
            scratch,
            server,
            ledger,
            ..
        } = desk;
        drop(ledger);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn shutdown_waits_for_unfinished_calls_no_longer_than_its_grace_period() {
    watchdog::run(|| async {
        let mut desk = Desk::new(|server| server).await;
        desk.give_up("Ledger.book", "a").await;
        let Desk {
            scratch,
            server,
            ledger,
            mut told,
            paper,
        } = desk;
        server.shutdown(Duration::from_millis(50)).await.unwrap();
        drop(ledger);
        paper.released.add_permits(1);
        assert_eq!(told.recv().await.unwrap(), "finished a");
        scratch.leak_check();
    });
}
