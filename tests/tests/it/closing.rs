//! Clients that are closed, and clients that learn that their connection has ended.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::{Bytes, Client, ClientBuilder, Error, Reconnect, Server};
use tests::handshake::StartServer;
use tests::process::Process;
use tests::raw::RawServer;
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tokio::task::{self, JoinHandle};

use crate::support::{Pair, SOON, error, in_time, peer, with_handlers};

fn hang(client: &Client) -> JoinHandle<Result<Bytes, Error>> {
    let client = client.clone();
    task::spawn(async move { client.call("hang", "").await })
}

fn reconnecting() -> ClientBuilder {
    Client::builder().reconnect(Reconnect::default())
}

#[test]
fn closing_a_client_ends_its_calls_and_its_handlers() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let calls = [hang(&pair.client), hang(&pair.client)];
        watchdog::eventually(SOON, "two running", || pair.probe.running() == 2);
        let clone = pair.client.clone();
        within(SOON, pair.client.close()).await;
        for call in calls {
            let cut = error(call.await.unwrap());
            let may_have_run = matches!(cut, Error::Disconnected { may_have_run: true });
            assert!(may_have_run, "{cut:?}");
        }
        let late = error(clone.call("echo", "too late").await);
        let is_unsent = matches!(
            late,
            Error::Disconnected {
                may_have_run: false
            }
        );
        assert!(is_unsent, "{late:?}");
        within(SOON, clone.closed()).await;
        // The clone still exists, so it is the goodbye that tells the server.
        let server = &pair.server;
        watchdog::eventually(SOON, "the server learns of the close", || {
            server.stats().connections == 0 && pair.probe.running() == 0
        });
        within(SOON, clone.close()).await;
        pair.server.close().await.unwrap();
        pair.scratch.leak_check();
    });
}

#[test]
fn closing_a_client_sends_what_was_written_and_a_goodbye() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let serving = thread::spawn(move || {
            let mut connection = server.accept();
            connection.announce(65_536, 1 << 20);
            let request = connection.request();
            connection.reply(request.id, b"");
            for _ in 0..100 {
                assert_eq!(connection.request().handler, b"note");
            }
            let last = connection.message(SOON).unwrap();
            assert_eq!(last.handler, b"$bye");
            assert!(connection.is_closed_within(SOON));
        });
        let client = Client::dial(scratch.path("raw")).await.unwrap();
        client.call("hello", "").await.unwrap();
        for _ in 0..100 {
            client.send("note", "").await.unwrap();
        }
        within(SOON, client.close()).await;
        serving.join().unwrap();
        scratch.leak_check();
    });
}

/// A server that does not read leaves no space in its queue for a goodbye.
#[test]
fn closing_a_client_is_bounded_in_time() {
    watchdog::run(|| async {
        in_time(Duration::from_secs(3), || async {
            let scratch = Scratch::new();
            let server = Process::serve(peer(), scratch.dir(), "server");
            let client = Client::dial(scratch.path("server")).await.unwrap();
            client.call("echo", "hello").await.unwrap();
            server.pause();
            let calls: Vec<_> = (0..100).map(|_| hang(&client)).collect();
            // Each request has its own datagrams, and together they exceed the queue.
            let large = vec![7; 100_000];
            let full = (0..20).map(|_| {
                let (client, large) = (client.clone(), large.clone());
                task::spawn(async move { client.call("echo", large).await })
            });
            let full: Vec<_> = full.collect();
            watchdog::eventually(SOON, "all in flight", || client.stats().in_flight == 120);
            let begun = Instant::now();
            within(SOON, client.close()).await;
            let took = begun.elapsed();
            for call in calls.into_iter().chain(full) {
                let cut = error(call.await.unwrap());
                assert!(matches!(cut, Error::Disconnected { .. }), "{cut:?}");
            }
            server.kill();
            took
        })
        .await;
    });
}

#[test]
fn a_closed_client_does_not_reconnect() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let serve = || {
            let server = Server::bind(scratch.path("server")).unwrap();
            with_handlers(server, &Arc::default()).started().unwrap()
        };
        let server = serve();
        let client = reconnecting().dial(server.path()).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        let clone = client.clone();
        within(SOON, client.close()).await;
        watchdog::eventually(SOON, "the server learns of the close", || {
            server.stats().connections == 0
        });
        let late = error(within(SOON, clone.call("echo", "")).await);
        assert!(matches!(late, Error::Disconnected { .. }), "{late:?}");
        assert_eq!(server.stats().connections, 0);

        // Closing a client that is dialling ends the dial and the calls that wait for it.
        let client = reconnecting().dial(server.path()).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        server.close().await.unwrap();
        within(SOON, client.closed()).await;
        let waiting = hang(&client);
        let polls = hang(&client);
        task::yield_now().await;
        within(SOON, client.clone().close()).await;
        for call in [waiting, polls] {
            let cut = error(within(SOON, call).await.unwrap());
            let is_unsent = matches!(
                cut,
                Error::Disconnected {
                    may_have_run: false
                }
            );
            assert!(is_unsent, "{cut:?}");
        }
        let server = serve();
        let late = error(within(SOON, client.call("echo", "")).await);
        assert!(matches!(late, Error::Disconnected { .. }), "{late:?}");
        drop((client, clone));
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn a_client_learns_that_its_connection_has_ended() {
    watchdog::run(|| async {
        // The server shuts down.
        let pair = Pair::new().await;
        pair.acquaint().await;
        let mut closed = Box::pin(pair.client.closed());
        let polled = poll_fn(|cx| Poll::Ready(closed.as_mut().poll(cx)));
        assert!(polled.await.is_pending());
        pair.server.close().await.unwrap();
        within(SOON, closed).await;
        within(SOON, pair.client.closed()).await;

        // The server is killed.
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::dial(scratch.path("server")).await.unwrap();
        let closed = task::spawn({
            let client = client.clone();
            async move { client.closed().await }
        });
        client.call("echo", "hello").await.unwrap();
        assert!(!closed.is_finished());
        server.kill();
        within(SOON, closed).await.unwrap();

        // The server breaks the protocol.
        let raw = RawServer::bind(scratch.path("raw"));
        let accepting = thread::spawn(move || raw.accept());
        let client = Client::dial(scratch.path("raw")).await.unwrap();
        let connection = accepting.join().unwrap();
        connection.send(&[0xff; 20]);
        within(SOON, client.closed()).await;
    });
}

#[test]
fn a_client_that_reconnects_learns_of_the_end_of_each_connection() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let mut client = None;
        for _ in 0..3 {
            let server = Process::serve(peer(), scratch.dir(), "server");
            let client = match &mut client {
                Some(client) => client,
                empty => {
                    let dialled = reconnecting().dial(scratch.path("server")).await;
                    empty.insert(dialled.unwrap())
                }
            };
            client.call("echo", "hello").await.unwrap();
            let closed = task::spawn({
                let client = client.clone();
                async move { client.closed().await }
            });
            client.call("echo", "still open").await.unwrap();
            assert!(!closed.is_finished());
            assert!(server.terminate().success());
            within(SOON, closed).await.unwrap();
        }
    });
}
