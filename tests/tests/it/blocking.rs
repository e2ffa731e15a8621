//! The blocking client: calls that need no runtime.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::blocking::{Client, ClientBuilder};
use domainsockets::{Allow, Bytes, CallError, CallOptions, Canceller, Error, Service, service};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use tests::process::Process;
use tests::raw::RawServer;
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::{ServerMsg, pattern};

use crate::support::{SOON, Served, assert_same, error, peer};

/// Serves a service and passes the server's path to `calls`, which may block.
fn check_typed(
    service: impl Service + Send + 'static,
    calls: impl FnOnce(PathBuf) + Send + 'static,
) {
    watchdog::run(|| async {
        let served = Served::new(service);
        served.called(calls).await;
        served.end().await;
    });
}

/// Passes a client of the peer program to `calls`, which may pause or kill that process.
fn check(calls: impl FnOnce(&mut Daemon, &Arc<Client>) + Send + 'static) {
    check_built(Client::builder(), calls);
}

/// Does what [`check`] does, with a client that `builder` dials.
fn check_built(
    builder: ClientBuilder,
    calls: impl FnOnce(&mut Daemon, &Arc<Client>) + Send + 'static,
) {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Arc::new(builder.dial(scratch.path("server")).unwrap());
        let mut daemon = Daemon { scratch, server };
        calls(&mut daemon, &client);
        drop(client);
        assert!(daemon.server.terminate().success());
        daemon.scratch.leak_check();
    });
}

/// The peer program as a server, and its directory.
struct Daemon {
    scratch: Scratch,
    server: Process,
}

impl Daemon {
    fn path(&self) -> PathBuf {
        self.scratch.path("server")
    }

    /// Kills the server.
    fn kill(&mut self) {
        self.server.shoot();
        watchdog::eventually(SOON, "the server has ended", || self.server.has_ended());
    }

    /// Starts the server again.
    fn restart(&mut self) {
        self.server = Process::serve(peer(), self.scratch.dir(), "server");
    }
}

#[service]
trait Desk {
    async fn join(&self, words: &[String], by: &str) -> String;
    fn divide(&self, one: u32, other: u32) -> Result<u32, String>;
    #[rpc(deadline = "20ms")]
    async fn sleep(&self);
}

struct Clerk;

impl Desk for Clerk {
    async fn join(&self, words: &[String], by: &str) -> String {
        words.join(by)
    }
    fn divide(&self, one: u32, other: u32) -> Result<u32, String> {
        one.checked_div(other).ok_or_else(|| "by zero".to_owned())
    }
    async fn sleep(&self) {
        std::future::pending::<()>().await;
    }
}

#[test]
fn blocking_stub_separates_errors_of_methods_and_of_calls() {
    check_typed(DeskServer::new(Clerk), |path| {
        let desk = DeskBlockingClient::dial(path).unwrap();
        let words = ["a".to_owned(), "b".to_owned()];
        assert_eq!(desk.join(&words, "-").unwrap(), "a-b");
        assert_eq!(desk.divide(7, 2).unwrap(), 3);
        match desk.divide(7, 0) {
            Err(CallError::Method(why)) => assert_eq!(why, "by zero"),
            other => panic!("expected the method's error, got {other:?}"),
        }
        assert!(matches!(desk.sleep(), Err(Error::DeadlineExceeded { .. })));
        assert_eq!(
            desk.carrier().ready().unwrap().pid(),
            Some(std::process::id())
        );
        assert_eq!(
            desk.into_inner().call(DeskClient::JOIN, "\0\0").unwrap(),
            "\0"
        );
    });
}

#[test]
fn blocking_calls_report_each_error() {
    check(|_, client| {
        assert_eq!(client.call("echo", "hello").unwrap(), "hello");
        assert_eq!(client.call("echo", "").unwrap(), "");
        for size in [4096, 100_000, 1_000_000] {
            assert_same(&client.call("echo", pattern(size)).unwrap(), &pattern(size));
        }
        let call = |handler, data: &str| error(client.call(handler, data.to_owned()));
        assert!(matches!(call("fail", "no"), Error::Handler(text) if text == "no"));
        assert!(matches!(call("panic", ""), Error::Panicked { .. }));
        assert!(matches!(call("nothing", ""), Error::UnknownHandler { .. }));
        let long = error(client.call(&"x".repeat(1025), ""));
        assert!(matches!(long, Error::InvalidName { .. }));
        let large = error(client.call("echo", vec![0; (4 << 20) + 1]));
        assert!(matches!(large, Error::TooLarge { .. }));

        let begun = Instant::now();
        let options = CallOptions::new().with_deadline(Duration::from_millis(30));
        let late = error(client.call_with("hang", "", options));
        assert!(matches!(late, Error::DeadlineExceeded { .. }));
        assert!(Duration::from_millis(30) <= begun.elapsed());
        assert!(begun.elapsed() < SOON);
        // The call was cancelled, and no other call gets its reply.
        assert_eq!(client.call("echo", "on").unwrap(), "on");
    });
}

#[test]
fn blocking_call_of_a_dead_server_ends_at_once_and_the_next_one_dials_again() {
    check(|daemon, client| {
        let hanging = {
            let client = Arc::clone(client);
            thread::spawn(move || error(client.call("notify_drop", "")))
        };
        let other = Client::dial(daemon.path()).unwrap();
        // Once the call runs, the server is killed.
        let until = Instant::now() + SOON;
        while other.call("dropped", "").unwrap() != "0 of 1" {
            assert!(Instant::now() < until, "the call does not run");
        }
        daemon.kill();
        let lost = hanging.join().unwrap();
        assert!(
            matches!(lost, Error::Disconnected { may_have_run: true }),
            "{lost:?}"
        );

        let gone = error(client.call("echo", "anyone?"));
        assert!(matches!(gone, Error::NotListening { .. }), "{gone:?}");
        daemon.restart();
        assert_eq!(client.call("echo", "again").unwrap(), "again");
        assert_eq!(other.call("echo", "again").unwrap(), "again");
    });
}

#[test]
fn blocking_calls_to_a_stopped_server_end_at_their_deadlines() {
    let builder = Client::builder().deadline(Duration::from_millis(50));
    check_built(builder, |daemon, client| {
        daemon.server.pause();
        // Sends more than the queue holds, so that calls also wait for space in it.
        for _ in 0..3 {
            let late = error(client.call("echo", vec![0; 1 << 20]));
            assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        }
        daemon.server.resume();
        let options = CallOptions::new().with_deadline(SOON);
        assert_eq!(client.call_with("echo", "on", options).unwrap(), "on");
    });
}

#[test]
fn blocking_dial_reports_each_error() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let nobody = error(Client::dial(scratch.path("nobody")));
        assert!(matches!(nobody, Error::NotListening { .. }));
        assert!(matches!(
            error(Client::dial("a/b")),
            Error::InvalidName { .. }
        ));
        let silent = RawServer::bind(scratch.path("silent"));
        let dial = |allow| {
            let builder = Client::builder().dial_timeout(Duration::from_millis(50));
            let ready = |client: Client| client.ready();
            error(builder.allow(allow).dial(silent.path()).and_then(ready))
        };
        assert!(matches!(
            dial(Allow::default()),
            Error::HandshakeTimeout { .. }
        ));
        assert!(matches!(dial(Allow::nobody()), Error::AccessDenied { .. }));
        drop(silent);
        scratch.leak_check();
    });
}

#[test]
fn blocking_client_speaks_the_go_protocol() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let setup = RawServer::bind(scratch.path("raw"));
        let serving = thread::spawn(move || {
            let mut client = setup.accept();
            let request = client.request();
            client.reply(request.id, &request.data);
            (setup, client)
        });
        let builder = Client::builder().announce(false);
        let client = builder.dial(scratch.path("raw")).unwrap();
        assert_eq!(client.call("any", "hello").unwrap(), "hello");
        let (setup, raw) = serving.join().unwrap();
        assert!(raw.received().iter().all(|sent| sent.bytes.len() <= 4096));
        drop((client, setup, raw));
        scratch.leak_check();
    });
}

#[test]
fn blocking_client_is_shared_by_threads() {
    check(|_, client| {
        thread::scope(|scope| {
            for caller in 0..4 {
                scope.spawn(move || {
                    for call in 0..200 {
                        let data = format!("{caller} {call}");
                        assert_eq!(client.call("echo", data.clone()).unwrap(), data);
                    }
                });
            }
        });
    });
}

/// A value whose serialization makes a call.
#[derive(Debug, Serialize)]
struct Fetched;

thread_local! {
    static CLIENT: RefCell<Option<Arc<Client>>> = const { RefCell::new(None) };
}

impl<'de> Deserialize<'de> for Fetched {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if let Some(client) = CLIENT.with_borrow(Clone::clone) {
            let unit = client
                .call(FetchClient::PING, "")
                .map_err(D::Error::custom)?;
            assert_eq!(unit, "");
        }
        <()>::deserialize(deserializer).map(|()| Self)
    }
}

#[service]
trait Fetch {
    fn ping(&self);
    fn fetch(&self) -> Fetched;
    #[rpc(oneway)]
    async fn hang(&self);
}

/// A service that reports each call of `hang` when it begins.
struct Fetcher(mpsc::Sender<()>);

impl Fetch for Fetcher {
    fn ping(&self) {}
    fn fetch(&self) -> Fetched {
        Fetched
    }
    async fn hang(&self) {
        self.0.send(()).unwrap();
        std::future::pending::<()>().await;
    }
}

#[test]
fn blocking_types_may_call_while_they_are_serialized() {
    let (begun, _) = mpsc::channel();
    check_typed(FetchServer::new(Fetcher(begun)), |path| {
        let client = Arc::new(Client::dial(path).unwrap());
        CLIENT.set(Some(Arc::clone(&client)));
        let stub = FetchBlockingClient::new(&*client);
        assert!(matches!(stub.fetch(), Ok(Fetched)));
        CLIENT.set(None);
    });
}

#[test]
fn blocking_oneway_calls_wait_for_no_reply() {
    let (reports, begun) = mpsc::channel();
    check_typed(FetchServer::new(Fetcher(reports)), move |path| {
        let fetch = FetchBlockingClient::dial(path).unwrap();
        // The handlers never reply, so each of these returns although its handler runs.
        for _ in 0..3 {
            fetch.hang().unwrap();
            begun.recv_timeout(SOON).expect("the handler has begun");
        }
        fetch.carrier().send(FetchClient::HANG, "").unwrap();
        begun.recv_timeout(SOON).expect("the handler has begun");
        // The next call does not get the error of an unknown handler as its reply.
        fetch.carrier().send("nothing", "").unwrap();
        fetch.ping().unwrap();
        begun.try_recv().expect_err("each request is sent once");
    });
}

#[test]
fn blocking_calls_keep_their_deadlines_while_other_threads_call() {
    check(|_, client| {
        let (other, begun) = (Arc::clone(client), Arc::new(Barrier::new(2)));
        let first = {
            let begun = Arc::clone(&begun);
            thread::spawn(move || {
                begun.wait();
                let long = CallOptions::new().with_deadline(Duration::from_secs(5));
                error(other.call_with("hang", "", long))
            })
        };
        begun.wait();
        // The two calls may run in either order. Neither waits longer than its own deadline and the
        // other's.
        let short = CallOptions::new().with_deadline(Duration::from_millis(20));
        let at = Instant::now();
        let late = error(client.call_with("hang", "", short));
        assert!(matches!(late, Error::DeadlineExceeded { .. }));
        assert!(at.elapsed() < Duration::from_secs(2), "{:?}", at.elapsed());
        assert!(matches!(
            first.join().unwrap(),
            Error::DeadlineExceeded { .. }
        ));
        assert_eq!(client.call("echo", "on").unwrap(), "on");
    });
}

#[test]
fn blocking_calls_end_while_the_server_keeps_sending() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let setup = RawServer::bind(scratch.path("raw"));
        let stop = Arc::new(AtomicBool::new(false));
        let flooding = {
            let stop = Arc::clone(&stop);
            thread::spawn(move || {
                let client = setup.accept();
                let stray = ServerMsg::reply(1 << 40, b"stray").encode();
                // Sends as fast as it can until the test ends.
                while !stop.load(Ordering::Relaxed) {
                    let _ = client.try_send(&stray);
                }
                (setup, client)
            })
        };
        let client = Client::dial(scratch.path("raw")).unwrap();
        let options = CallOptions::new().with_deadline(Duration::from_millis(50));
        let at = Instant::now();
        let late = error(client.call_with("any", "", options));
        let took = at.elapsed();
        stop.store(true, Ordering::Relaxed);
        assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        assert!(took < SOON, "{took:?}");
        // Wakes a sender that waits for space in the client's queue.
        drop(client);
        drop(flooding.join().unwrap());
        scratch.leak_check_of_files();
    });
}

#[test]
fn blocking_calls_do_not_use_the_clock_of_a_runtime() {
    check(|daemon, _| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let client = Client::builder()
                .deadline(Duration::from_millis(20))
                .dial(daemon.path())
                .unwrap();
            let late = error(client.call("hang", ""));
            assert!(matches!(late, Error::DeadlineExceeded { .. }));
        });
    });
}

#[test]
fn blocking_redial_ends_at_the_deadline_of_its_call() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let setup = RawServer::bind(scratch.path("raw"));
        let accepting = thread::spawn(move || (setup.accept(), setup));
        let client = Client::dial(scratch.path("raw")).unwrap();
        let (connection, setup) = accepting.join().unwrap();
        // From now on the server answers nothing.
        drop(connection);
        let options = CallOptions::new().with_deadline(Duration::from_millis(50));
        let late = error(client.call_with("any", "", options));
        assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        drop((client, setup));
        scratch.leak_check();
    });
}

/// Returns a client whose connection is lost, and a server that does not answer handshakes.
fn unanswered(scratch: &Scratch) -> (Arc<Client>, RawServer) {
    let setup = RawServer::bind_unmarked(scratch.path("raw"));
    let accepting = thread::spawn(move || (setup.accept(), setup));
    // The call's own deadline must end the wait, not this timeout.
    let builder = Client::builder().dial_timeout(watchdog::LIMIT);
    let client = builder.deadline(watchdog::LIMIT).dial(scratch.path("raw"));
    let (connection, setup) = accepting.join().unwrap();
    drop(connection);
    (Arc::new(client.unwrap()), setup)
}

fn call_without_waiting(client: &Client) -> Result<Bytes, Error> {
    client.call_with("echo", "on", CallOptions::new().no_wait())
}

const NEVER_SENT: Error = Error::Disconnected {
    may_have_run: false,
};

#[test]
fn blocking_calls_that_must_not_wait_limit_the_time_of_a_redial() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let (client, setup) = unanswered(&scratch);
        let unanswered = error(call_without_waiting(&client));
        assert!(
            matches!(&unanswered, Error::HandshakeTimeout { after, .. }
                if *after < Duration::from_secs(1)),
            "{unanswered:?}"
        );
        assert!(setup.setup(SOON).is_some());
        watchdog::eventually(SOON, "a call does not even dial", || {
            error(call_without_waiting(&client)).to_string() == NEVER_SENT.to_string()
        });
        drop(setup);
        // The kernel reports that no server is there, so this takes no time.
        let gone = error(client.call("echo", ""));
        assert!(matches!(gone, Error::NotListening { .. }), "{gone:?}");
        let gone = error(call_without_waiting(&client));
        assert!(matches!(gone, Error::NotListening { .. }), "{gone:?}");
        drop(client);
        scratch.leak_check();
    });
}

/// Makes a call that must not wait, and that gives the server less time than a handshake has.
fn call_briefly(client: &Client) -> Error {
    let options = CallOptions::new().no_wait();
    let options = options.with_deadline(Duration::from_millis(20));
    error(client.call_with("echo", "", options))
}

#[test]
fn blocking_calls_that_must_not_wait_remember_a_handshake_that_their_deadline_ended() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let (client, setup) = unanswered(&scratch);
        let late = call_briefly(&client);
        assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        watchdog::eventually(SOON, "a call does not even dial", || {
            call_briefly(&client).to_string() == NEVER_SENT.to_string()
        });
        drop((client, setup));
        scratch.leak_check();
    });
}

#[test]
fn blocking_calls_that_must_not_wait_remember_an_unresponsive_server_after_a_cancelled_call() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let (client, setup) = unanswered(&scratch);
        watchdog::eventually(SOON, "a call does not even dial", || {
            call_briefly(&client);
            while setup.setup(Duration::from_millis(1)).is_some() {}
            let canceller = Canceller::new();
            let dialling = {
                let client = Arc::clone(&client);
                let options = CallOptions::new().cancelled_by(&canceller);
                thread::spawn(move || error(client.call_with("echo", "", options)))
            };
            assert!(setup.setup(SOON).is_some());
            canceller.cancel();
            assert!(matches!(dialling.join().unwrap(), Error::Cancelled));
            call_briefly(&client).to_string() == NEVER_SENT.to_string()
        });
        drop((client, setup));
        scratch.leak_check();
    });
}

#[test]
fn blocking_calls_that_must_not_wait_do_not_wait_for_the_redial_of_another_call() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let (client, setup) = unanswered(&scratch);
        let canceller = Canceller::new();
        let dialling = {
            let client = Arc::clone(&client);
            let options = CallOptions::new().cancelled_by(&canceller);
            thread::spawn(move || error(client.call_with("echo", "", options)))
        };
        assert!(setup.setup(SOON).is_some());
        let lost = error(call_without_waiting(&client));
        assert_eq!(lost.to_string(), NEVER_SENT.to_string());
        assert!(!dialling.is_finished());
        canceller.cancel();
        assert!(matches!(dialling.join().unwrap(), Error::Cancelled));
        drop((client, setup));
        scratch.leak_check();
    });
}

#[test]
fn blocking_calls_that_must_not_wait_find_a_server_that_was_restarted() {
    check(|daemon, client| {
        assert_eq!(call_without_waiting(client).unwrap(), "on");
        daemon.kill();
        daemon.restart();
        watchdog::eventually(SOON, "the server answers in time", || {
            call_without_waiting(client).is_ok_and(|reply| reply == "on")
        });
    });
}
