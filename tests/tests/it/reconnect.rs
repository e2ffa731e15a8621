//! Clients that reconnect.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::{Bytes, CallOptions, Client, ClientBuilder, Error, Reconnect};
use tests::process::Process;
use tests::raw::{RawConnection, RawServer};
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tokio::runtime::Builder;
use tokio::task::{self, JoinHandle};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{QUIET, SOON, error, peer, poll_once};

type Outcome = Result<Bytes, Error>;

/// A server in this same process does not die with a process, so only a send shows that it has ended.
const KEEPALIVE: Duration = Duration::from_millis(20);

#[test]
fn f06_reconnecting_client_survives_restarts() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path("server");
        let serve = || Process::serve(peer(), scratch.dir(), "server");
        let mut server = serve();
        let client = reconnecting().dial(&path).await.unwrap();
        assert_eq!(client.call("count", "").await.unwrap(), "1");
        for dies in [false, true, false] {
            if dies {
                server.kill();
            } else {
                assert!(server.terminate().success());
            }
            server = serve();
            for count in 1..4 {
                let counted = client.call("count", "").await.unwrap();
                assert_eq!(counted, count.to_string());
            }
        }
        assert!(server.terminate().success());

        // Calls made in the meantime wait for the new connection, and run once each.
        let calls: Vec<_> = (0..10)
            .map(|_| {
                let client = client.clone();
                task::spawn(async move { client.call("count", "").await })
            })
            .collect();
        let server = serve();
        let mut counts = Vec::new();
        for call in calls {
            let reply = call.await.unwrap().unwrap();
            counts.push(str::from_utf8(&reply).unwrap().parse::<u32>().unwrap());
        }
        counts.sort_unstable();
        assert_eq!(counts, (1..=10).collect::<Vec<_>>());
        drop(client);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

/// A call that begins to dial and is never polled again delays no other.
#[test]
fn f06_unpolled_call_that_redials_blocks_no_other() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path("server");
        let serve = || Process::serve(peer(), scratch.dir(), "server");
        let server = serve();
        let for_ever = Duration::MAX;
        let client = reconnecting().deadline(for_ever).dial(&path).await.unwrap();
        assert_eq!(client.call("count", "").await.unwrap(), "1");
        assert!(server.terminate().success());

        let mut left_alone = Box::pin(client.call("count", ""));
        let first = poll_fn(|context| Poll::Ready(left_alone.as_mut().poll(context)));
        assert!(first.await.is_pending());
        let server = serve();
        assert_eq!(client.call("count", "").await.unwrap(), "1");
        assert_eq!(left_alone.await.unwrap(), "2");
        drop(client);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

/// A call that was sent may have run, so the client does not repeat it: the caller decides.
#[test]
fn t10_call_that_was_sent_is_not_repeated() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path("raw");
        let server = RawServer::bind(path.clone());
        let server = thread::spawn(move || {
            let mut connection = server.accept();
            assert_eq!(connection.request().handler, b"first");
            // The server closes without an answer, and is bound again at once.
            let path = server.path().to_owned();
            drop((connection, server));
            let server = RawServer::bind(path);
            let mut connection = server.accept();
            connection.greet();
            let request = connection.request();
            connection.reply(request.id, &request.handler);
            // No copy of the request is sent later, either.
            let request = connection.request();
            connection.reply(request.id, &request.handler);
            (server, connection)
        });
        let client = Client::builder()
            .reconnect(Reconnect::default())
            .keep_alive_interval(Duration::from_millis(50))
            .deadline(SOON);
        let client = client.dial(&path).await.unwrap();
        let cut = error(client.call("first", "").await);
        let may_have_run = matches!(cut, Error::Disconnected { may_have_run: true });
        assert!(may_have_run, "{cut:?}");
        assert_eq!(client.call("second", "").await.unwrap(), "second");
        assert_eq!(client.call("third", "").await.unwrap(), "third");
        drop(client);
        drop(server.join().unwrap());
        scratch.leak_check();
    });
}

#[test]
fn t10_idempotent_call_is_repeated() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (client, first) = connected(&scratch).await;
        let call = spawn(&client, "often", CallOptions::new().idempotent());
        vanish(first, "often");
        let server = RawServer::bind(scratch.path("server"));
        let mut second = task::block_in_place(|| server.accept());
        task::block_in_place(|| second.greet());
        let request = task::block_in_place(|| second.request());
        assert_eq!(
            (&*request.handler, &*request.data),
            (&b"often"[..], &b"data"[..])
        );
        second.reply(request.id, b"done");
        assert_eq!(call.await.unwrap().unwrap(), "done");
        assert_eq!(requests_left(&mut second), 0);
        drop((client, second, server));
        scratch.leak_check();
    });
}

#[test]
fn t10_call_that_may_have_run_says_so_though_its_repetition_was_not_sent() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (client, first) = connected(&scratch).await;
        let client = client.with_deadline(Duration::from_millis(200));
        let call = spawn(&client, "often", CallOptions::new().idempotent());
        vanish(first, "often");
        let lost = error(call.await.unwrap());
        let may_have_run = matches!(lost, Error::Disconnected { may_have_run: true });
        assert!(may_have_run, "{lost:?}");
        drop(client);
        scratch.leak_check();
    });
}

#[test]
fn t10_deadline_ends_the_repetitions() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (client, first) = connected(&scratch).await;
        drop(first);
        let client = client.with_deadline(Duration::from_millis(200));
        watchdog::eventually(SOON, "lost", || scratch.bound_sockets().is_empty());
        let options = CallOptions::new().idempotent();
        let lost = error(client.call_with("often", "data", options).await);
        assert!(matches!(lost, Error::NotListening { .. }), "{lost:?}");
        drop(client);
        scratch.leak_check();
    });
}

#[test]
fn f06_client_without_reconnect_fails_after_a_restart() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path("server");
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::dial(&path).await.unwrap();
        assert_eq!(client.call("count", "").await.unwrap(), "1");
        assert!(server.terminate().success());
        let server = Process::serve(peer(), scratch.dir(), "server");
        // The client does not reconnect by itself, and no call runs that was not answered.
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
fn calls_that_must_not_wait_leave_the_redial_to_the_client() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let serve = || Process::serve(peer(), scratch.dir(), "server");
        let server = serve();
        let client = reconnecting().dial(scratch.path("server")).await.unwrap();
        assert!(server.terminate().success());
        client.closed().await;

        let call = || client.call_with("count", "", CallOptions::new().no_wait());
        let lost = match poll_once(pin!(call())) {
            Poll::Ready(called) => error(called),
            Poll::Pending => panic!("the call waits"),
        };
        // The second, if the client has dialled in the meantime.
        assert!(matches!(
            lost,
            Error::Disconnected {
                may_have_run: false
            } | Error::NotListening { .. }
        ));

        let server = serve();
        let counted = within(SOON, async {
            loop {
                match poll_once(pin!(call())) {
                    Poll::Ready(Err(error)) => assert!(!error.may_have_run(), "{error:?}"),
                    // The client has reconnected, and the call is in flight.
                    Poll::Ready(Ok(_)) | Poll::Pending => break call().await,
                }
                task::yield_now().await;
            }
        });
        counted.await.unwrap();
        drop(client);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

/// The task that reconnects was spawned on a runtime that ends while the call waits on another one.
#[test]
fn reconnecting_client_outlives_its_runtime() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let dialling = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let client = Client::builder().reconnect(Reconnect::default());
        let client = dialling.block_on(client.dial(scratch.path("server")));
        let client = client.unwrap();
        let (begun, has_begun) = mpsc::channel();
        let calling = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let options = CallOptions::new().idempotent();
                let mut hang = pin!(client.call_with("hang", "", options));
                assert!(poll_once(hang.as_mut()).is_pending());
                begun.send(()).unwrap();
                within(SOON, hang).await
            })
        });
        has_begun.recv_timeout(SOON).unwrap();
        drop(dialling);
        let ended = error(calling.join().unwrap());
        assert!(matches!(ended, Error::Disconnected { .. }), "{ended:?}");
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

/// A subscriber of the log that uses a client in each event, and counts the events.
#[derive(Clone, Default)]
struct UsesClient {
    client: Arc<Mutex<Option<Client>>>,
    events: Arc<AtomicUsize>,
}

impl Subscriber for UsesClient {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("domainsockets")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        let client = self.client.lock().unwrap().clone();
        if let Some(client) = client {
            assert_eq!(client.stats().in_flight, 0);
            self.events.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn subscriber_of_the_log_may_use_a_client_that_dials_again() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let subscriber = UsesClient::default();
        let UsesClient { client, events } = subscriber.clone();
        // With a single subscriber, an event is off for all threads if a thread without one comes upon it first.
        let _second = tracing::Dispatch::new(UsesClient::default());
        tracing::subscriber::with_default(subscriber, || {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let builder = reconnecting().deadline(Duration::from_millis(100));
                let dialled = builder.dial(scratch.path("server")).await.unwrap();
                assert!(server.terminate().success());
                dialled.closed().await;
                *client.lock().unwrap() = Some(dialled.clone());
                let lost = error(dialled.call("echo", "").await);
                assert!(matches!(lost, Error::NotListening { .. }), "{lost:?}");
                *client.lock().unwrap() = None;
            });
        });
        assert_ne!(
            events.load(Ordering::Relaxed),
            0,
            "attempts that fail are logged"
        );
        scratch.leak_check();
    });
}

fn reconnecting() -> ClientBuilder {
    Client::builder()
        .keep_alive_interval(KEEPALIVE)
        .reconnect(Reconnect::default())
}

/// Returns a client, and the raw server's side of its connection. The server's name is already removed.
async fn connected(scratch: &Scratch) -> (Client, RawConnection) {
    let server = RawServer::bind(scratch.path("server"));
    let dialling = task::spawn(reconnecting().dial(scratch.path("server")));
    let connection = task::block_in_place(|| server.accept());
    (dialling.await.unwrap().unwrap(), connection)
}

fn spawn(client: &Client, handler: &'static str, options: CallOptions) -> JoinHandle<Outcome> {
    let client = client.clone();
    task::spawn(async move { client.call_with(handler, "data", options).await })
}

/// Reads a request, and closes the connection.
fn vanish(mut server: RawConnection, handler: &str) {
    let request = task::block_in_place(|| server.request());
    assert_eq!(request.handler, handler.as_bytes());
}

/// Returns how many further requests the client sends.
fn requests_left(server: &mut RawConnection) -> usize {
    let mut requests = 0;
    let end = Instant::now() + QUIET;
    while Instant::now() < end {
        let message = task::block_in_place(|| server.message(QUIET));
        requests += usize::from(message.is_some_and(|message| message.kind != 0));
    }
    requests
}
