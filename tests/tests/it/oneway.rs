//! One-way calls.

use std::convert::Infallible;
use std::env;
use std::future::{self, poll_fn};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use domainsockets::test::{Pair as Joined, Side};
use domainsockets::{Bytes, CallOptions, Client, Error, Reconnect, Request, blocking, service};
use tests::raw::{RawConnection, RawServer};
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::{ServerMsg, pattern};
use tokio::task;

use crate::support::{Pair, QUIET, SOON, Served, error};

/// Returns a client and the raw server's side of its connection.
async fn raw(scratch: &Scratch) -> (Client, RawConnection) {
    let server = RawServer::bind(scratch.path("raw"));
    let path = server.path().to_owned();
    let accepting = task::spawn_blocking(move || server.accept());
    let client = Client::dial(path).await.unwrap();
    (client, accepting.await.unwrap())
}

#[test]
fn b15_oneway_call_returns_once_its_request_is_sent() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (client, mut server) = raw(&scratch).await;
        for kind in [1, 0] {
            client.send("note", "line").await.unwrap();
            assert_eq!(client.stats().in_flight, 1);
            let request = server.request();
            assert_eq!(
                (&request.handler[..], &request.data[..]),
                (&b"note"[..], &b"line"[..])
            );
            if kind == 1 {
                server.reply(request.id, b"dropped");
            } else {
                server.send(&ServerMsg::error(request.id, "note", "dropped").encode());
            }
            watchdog::eventually(SOON, "its reply", || client.stats().in_flight == 0);
        }
        assert_eq!(client.stats().stray_replies, 0);
        // Calls that wait for their reply reuse the slots of one-way calls.
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.call("echo", "").await }
        });
        let request = server.request();
        server.reply(request.id, b"reply");
        assert_eq!(call.await.unwrap().unwrap(), "reply");
        drop((client, server));
        scratch.leak_check();
    });
}

#[test]
fn b16_oneway_call_waits_while_the_servers_queue_is_full() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (client, mut server) = raw(&scratch).await;
        // More than the kernel queues: eleven datagrams by files, about 1 MiB on a socket pair.
        let mut sends: Vec<_> = (0..50)
            .map(|_| {
                let client = client.clone();
                Box::pin(async move { client.send("note", pattern(60_000)).await })
            })
            .collect();
        poll_fn(|context| {
            sends.retain_mut(|send| send.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        let left = 50 - sends.len();
        assert!(left <= 25, "{left} were sent");
        // A call that is cancelled before it was sent is never sent.
        drop(sends.pop());
        let sends: Vec<_> = sends.into_iter().map(tokio::spawn).collect();
        // The server answers only after all calls have returned.
        let requests: Vec<_> = (0..49).map(|_| server.request()).collect();
        for send in sends {
            send.await.unwrap().unwrap();
        }
        assert_eq!(client.stats().in_flight, 49);
        for request in requests {
            server.reply(request.id, b"");
        }
        watchdog::eventually(SOON, "the last reply", || client.stats().in_flight == 0);
        assert!(
            server.message(QUIET).is_none(),
            "no cancelled call was sent"
        );
        drop((client, server));
        scratch.leak_check();
    });
}

#[tokio::test(start_paused = true)]
async fn b17_oneway_call_is_in_flight_until_its_reply_or_deadline() {
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    let hang = move |_: Request| {
        counted.fetch_add(1, Ordering::SeqCst);
        future::pending::<Result<Bytes, Infallible>>()
    };
    let (client, _link) = Joined::new()
        .client(Client::builder().max_in_flight(1))
        .register("hang", hang)
        .unwrap()
        .register("quick", |_: Request| async { Ok::<_, Infallible>("") })
        .unwrap()
        .start();
    client.send("quick", "").await.unwrap();
    client.call("quick", "").await.unwrap();

    let begun = tokio::time::Instant::now();
    let options = CallOptions::new().with_deadline(Duration::from_millis(300));
    client.send_with("hang", "", options.clone()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(10));
    // The next call waits for this one's permit, which is free at its deadline.
    client.send("quick", "").await.unwrap();
    assert!((300..310).contains(&begun.elapsed().as_millis()));
    // A call that gets no permit before its deadline was not sent.
    client.send("hang", "").await.unwrap();
    let late = error(client.send_with("hang", "", options).await);
    assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn b18_oneway_call_reports_errors_before_the_send() {
    let (client, link) = Joined::new().start();
    let large = error(client.send("note", vec![0; 5 << 20]).await);
    assert!(matches!(large, Error::TooLarge { .. }), "{large:?}");
    let zero = CallOptions::new().with_deadline(Duration::ZERO);
    let late = error(client.send_with("note", "", zero).await);
    assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");

    // A call that waits behind others sends nothing before its deadline or the loss of the server.
    link.fill_queue(Side::Server);
    let soon = CallOptions::new().with_deadline(Duration::from_millis(50));
    let late = error(client.send_with("note", "", soon).await);
    assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
    let (lost, ()) = tokio::join!(client.send("note", ""), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        link.kill(Side::Server);
    });
    let lost = error(lost);
    assert!(
        matches!(
            lost,
            Error::Disconnected {
                may_have_run: false
            }
        ),
        "{lost:?}"
    );
    assert_eq!(client.stats().in_flight, 0);
}

#[test]
fn b19_oneway_call_is_an_ordinary_request_to_the_server() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        for _ in 0..100 {
            pair.client.send("count", "").await.unwrap();
        }
        assert_eq!(pair.client.call("count", "").await.unwrap(), "101");
        for handler in ["nobody", "panic", "fail"] {
            pair.client.send(handler, "x").await.unwrap();
        }
        pair.client.send("size", "1000000").await.unwrap();
        let client = &pair.client;
        watchdog::eventually(SOON, "all replies", || client.stats().in_flight == 0);
        assert_eq!(client.stats().stray_replies, 0);
        pair.end().await;
    });
}

#[test]
fn b20_oneway_call_is_never_repeated() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path("raw");
        let server = RawServer::bind(path.clone());
        let accepting = task::spawn_blocking(move || server.accept());
        let client = Client::builder()
            .reconnect(Reconnect::default())
            .keep_alive_interval(Duration::from_millis(20));
        let client = client.dial(&path).await.unwrap();
        let mut first = accepting.await.unwrap();
        let idempotent = CallOptions::new().idempotent();
        client.send_with("note", "", idempotent).await.unwrap();
        assert_eq!(first.request().handler, b"note");
        drop(first);

        let server = RawServer::bind(path);
        let accepting = task::spawn_blocking(move || server.accept());
        let call = tokio::spawn({
            let client = client.clone();
            async move {
                // The client may notice the lost connection before or after this call begins.
                let options = CallOptions::new().idempotent();
                client.call_with("next", "", options).await
            }
        });
        let mut second = accepting.await.unwrap();
        second.greet();
        let request = second.request();
        assert_eq!(request.handler, b"next");
        second.reply(request.id, b"");
        call.await.unwrap().unwrap();
        client.send("last", "").await.unwrap();
        assert_eq!(second.request().handler, b"last");

        // A call of which only a part was sent is not repeated either.
        let part = tokio::spawn({
            let client = client.clone();
            let options = CallOptions::new().idempotent();
            async move { client.send_with("part", pattern(1 << 20), options).await }
        });
        assert!(second.receive(SOON).is_some());
        drop(second);
        let lost = error(part.await.unwrap());
        assert!(
            matches!(lost, Error::Disconnected { may_have_run: true }),
            "{lost:?}"
        );
        drop(client);
        scratch.leak_check();
    });
}

#[service]
trait Notes {
    /// Completes without waiting.
    #[rpc(oneway)]
    async fn note(&self);
    /// Waits, but finishes.
    #[rpc(oneway, no_cancel)]
    async fn keep(&self);
    /// Finishes too.
    #[rpc(oneway, blocking)]
    fn block(&self);
}

/// Counts the calls that have run.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Notes for Count {
    async fn note(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    async fn keep(&self) {
        for _ in 0..10 {
            task::yield_now().await;
        }
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn block(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// The variable that makes a process of this program a caller: how it leaves, the server's path, the handler, and the
/// number of calls.
const CALLER: &str = "CONFORMANCE_ONEWAY_CALLER";

/// The number of callers, each a process.
const CALLERS: usize = 40;

/// Starts a process that runs [`caller_that_leaves`].
fn start_caller(leave: &str, server: &Path, handler: &str, calls: usize) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "oneway::caller_that_leaves", "--nocapture"])
        .env(
            CALLER,
            format!("{leave} {handler} {calls} {}", server.display()),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Makes one-way calls and leaves at once, if this process is a caller.
#[test]
fn caller_that_leaves() {
    let Ok(orders) = env::var(CALLER) else {
        return;
    };
    let mut words = orders.splitn(4, ' ');
    let mut word = || words.next().unwrap();
    let (leave, handler, calls, path) = (word(), word(), word(), word());
    let calls: usize = calls.parse().unwrap();
    if leave == "exit" {
        let client = blocking::Client::dial(path).unwrap();
        for _ in 0..calls {
            client.send(handler, "").unwrap();
        }
        process::exit(0);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = Client::dial(path).await.unwrap();
        for _ in 0..calls {
            client.send(handler, "").await.unwrap();
        }
        match leave {
            "close" => client.close().await,
            "drop" => drop(client),
            other => panic!("{other}?"),
        }
    });
}

/// Checks that every call of callers that leave in this way runs once.
fn all_run(leave: &'static str) {
    watchdog::run(move || async move {
        let count = Count::default();
        let served = Served::new(NotesServer::new(count.clone()));
        let handlers = [NotesClient::NOTE, NotesClient::KEEP, NotesClient::BLOCK];
        let path: PathBuf = served.path();
        let mut made = 0;
        for calls in [1, 2, 5, 20] {
            let callers: Vec<_> = (0..CALLERS)
                .zip(handlers.iter().cycle())
                .map(|(_, handler)| start_caller(leave, &path, handler, calls))
                .collect();
            for mut caller in callers {
                assert!(caller.wait().unwrap().success());
            }
            made += CALLERS * calls;
            let what = format!("all {calls} calls of each caller have run");
            watchdog::eventually(SOON, &what, || count.0.load(Ordering::SeqCst) == made);
        }
        served.end().await;
    });
}

#[test]
fn oneway_calls_that_returned_run_although_their_caller_exits() {
    all_run("exit");
}

#[test]
fn oneway_calls_that_returned_run_although_their_client_is_dropped() {
    all_run("drop");
}

#[test]
fn oneway_calls_that_returned_run_although_their_client_is_closed() {
    all_run("close");
}
