//! The server that the tests call, a client of it, and assertions.

use std::convert::Infallible;
use std::fmt;
use std::future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use domainsockets::{Client, ClientBuilder, Error, Request, Server, ServerHandle, Service};
use tests::handshake::{Handshake, StartServer};
use tests::process::Process;
use tests::scratch::Scratch;
use tests::wire::pattern;

/// More than enough time for anything that should be quick.
pub(crate) const SOON: Duration = Duration::from_secs(5);

/// How long a test waits for something that must not happen.
pub(crate) const QUIET: Duration = Duration::from_millis(100);

/// The default message limit of clients and servers.
pub(crate) const MAX_MESSAGE_SIZE: usize = 4 << 20;

/// Returns the path of the peer program.
pub(crate) fn peer() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_conformance-peer"))
}

/// What the handlers of a server have done.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    counted: AtomicUsize,
    begun: AtomicUsize,
    running: AtomicUsize,
    finished: AtomicUsize,
}

impl Probe {
    /// Returns how often `count` was called.
    pub(crate) fn counted(&self) -> usize {
        self.counted.load(Ordering::SeqCst)
    }

    /// Returns how many futures of `sleep` and `hang` were ever created.
    pub(crate) fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    /// Returns how many futures of `sleep` and `hang` exist.
    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// Returns how many calls of `sleep` finished.
    pub(crate) fn finished(&self) -> usize {
        self.finished.load(Ordering::SeqCst)
    }

    fn run(self: &Arc<Self>) -> Running {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.running.fetch_add(1, Ordering::SeqCst);
        Running(Arc::clone(self))
    }
}

/// Counts a handler's future as long as it lives.
struct Running(Arc<Probe>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Registers the handlers that all tests may call.
pub(crate) fn with_handlers(server: Server, probe: &Arc<Probe>) -> Server {
    let (count, sleep, hang) = (Arc::clone(probe), Arc::clone(probe), Arc::clone(probe));
    let echo = |request: Request| async { Ok::<_, Infallible>(request.into_data()) };
    server
        .register("echo", echo)
        .unwrap()
        .register("len", |request: Request| async move {
            Ok::<_, Infallible>(request.data().len().to_string())
        })
        .unwrap()
        .register("size", |request: Request| async move {
            Ok::<_, Infallible>(pattern(decimal(request.data())))
        })
        .unwrap()
        .register("sleep", move |request: Request| {
            let probe = Arc::clone(&sleep);
            async move {
                let _running = probe.run();
                let duration = Duration::from_millis(decimal(request.data()) as u64);
                tokio::time::sleep(duration).await;
                probe.finished.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Infallible>(request.into_data())
            }
        })
        .unwrap()
        .register("hang", move |_| {
            let probe = Arc::clone(&hang);
            async move {
                let _running = probe.run();
                future::pending::<Result<Vec<u8>, Infallible>>().await
            }
        })
        .unwrap()
        .register("fail", |request: Request| async move {
            let text = String::from_utf8(request.data().to_vec()).unwrap();
            Err::<Vec<u8>, _>(Failure(text))
        })
        .unwrap()
        .register("whoami", |request: Request| async move {
            let peer = request.peer().unwrap();
            let (uid, gid) = (peer.uid(), peer.gid());
            Ok::<_, Infallible>(format!("{} {uid} {gid}", peer.pid().unwrap()))
        })
        .unwrap()
        .register("panic", |_| async { panicking() })
        .unwrap()
        .register("count", move |_| {
            let counted = count.counted.fetch_add(1, Ordering::SeqCst) + 1;
            future::ready(Ok::<_, Infallible>(counted.to_string()))
        })
        .unwrap()
}

/// A server with all handlers, a client of it, and their directory.
pub(crate) struct Pair {
    pub(crate) scratch: Scratch,
    pub(crate) probe: Arc<Probe>,
    pub(crate) server: ServerHandle,
    pub(crate) client: Client,
}

impl Pair {
    /// Starts a default server and dials a default client.
    pub(crate) async fn new() -> Self {
        Self::bound(|path| Server::bind(path).unwrap()).await
    }

    /// Starts the server that `bind` returns, and dials a default client.
    pub(crate) async fn bound(bind: impl FnOnce(PathBuf) -> Server) -> Self {
        Self::bound_in(Scratch::new(), bind).await
    }

    /// Does what [`bound`](Self::bound) does, in this directory.
    pub(crate) async fn bound_in(scratch: Scratch, bind: impl FnOnce(PathBuf) -> Server) -> Self {
        let probe = Arc::default();
        let server = with_handlers(bind(scratch.path("server")), &probe);
        let server = server.started().unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        Self {
            scratch,
            probe,
            server,
            client,
        }
    }

    /// Returns the path of the server.
    pub(crate) fn path(&self) -> PathBuf {
        self.scratch.path("server")
    }

    /// Makes a first call, so that client and server know each other's limits.
    pub(crate) async fn acquaint(&self) {
        assert_eq!(self.client.call("echo", "hello").await.unwrap(), "hello");
    }

    /// Ends both, and checks that nothing is left behind.
    pub(crate) async fn end(self) {
        drop(self.client);
        self.server.close().await.unwrap();
        self.scratch.leak_check();
    }
}

/// A server of a typed service, and its directory.
pub(crate) struct Served {
    scratch: Scratch,
    server: ServerHandle,
}

impl Served {
    /// Serves `service` with the defaults.
    pub(crate) fn new(service: impl Service) -> Self {
        Self::with(|server| server.add_service(service).unwrap())
    }

    /// Serves what `add` adds to the server.
    pub(crate) fn with(add: impl FnOnce(Server) -> Server) -> Self {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("server")).unwrap();
        let server = add(server).started().unwrap();
        Self { scratch, server }
    }

    /// Returns the path of the server.
    pub(crate) fn path(&self) -> PathBuf {
        self.scratch.path("server")
    }

    /// Passes the server's path to `calls`, which may block.
    pub(crate) async fn called(&self, calls: impl FnOnce(PathBuf) + Send + 'static) {
        let path = self.path();
        tokio::task::spawn_blocking(move || calls(path))
            .await
            .unwrap();
    }

    /// Ends the server, and checks that nothing is left behind.
    pub(crate) async fn end(self) {
        self.server.close().await.unwrap();
        self.scratch.leak_check();
    }
}

/// The peer program as a server, a client of it that has made a first call, and their directory.
pub(crate) struct Daemon {
    pub(crate) scratch: Scratch,
    pub(crate) server: Process,
    pub(crate) client: Client,
}

impl Daemon {
    pub(crate) async fn new() -> Self {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::dial(scratch.path("server")).await.unwrap();
        assert_eq!(client.call("echo", "hello").await.unwrap(), "hello");
        Self {
            scratch,
            server,
            client,
        }
    }

    /// Ends both, and checks that nothing is left behind.
    pub(crate) fn end(self) {
        drop(self.client);
        assert!(self.server.terminate().success());
        self.scratch.leak_check();
    }
}

/// A handler's error with a text that the test chooses.
struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Dials, and waits until the server has greeted: a server that gets a socket pair refuses a client only then.
pub(crate) async fn dial_ready(
    builder: ClientBuilder,
    path: impl AsRef<Path>,
) -> Result<Client, Error> {
    let client = builder.dial(path.as_ref()).await?;
    client.ready().await?;
    Ok(client)
}

/// Returns what `peer call` prints if the server refuses it: over a socket pair, the server says so.
pub(crate) fn refusal() -> &'static str {
    Handshake::current().either("err AccessDenied ", "err HandshakeTimeout ")
}

/// Asserts that two byte strings are equal, without printing them: they may be megabytes.
#[track_caller]
pub(crate) fn assert_same(actual: &[u8], expected: &[u8]) {
    assert_eq!(actual.len(), expected.len(), "length");
    if actual != expected {
        let same = actual.iter().zip(expected).take_while(|(a, b)| a == b);
        panic!("byte {} differs", same.count());
    }
}

/// Returns the error of a call that must fail.
#[track_caller]
pub(crate) fn error<T: fmt::Debug>(result: Result<T, Error>) -> Error {
    result.expect_err("the call must fail")
}

/// Polls a future once, with a waker that does nothing.
pub(crate) fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Waits until `condition` holds, on a runtime that has no other thread to run the library's tasks.
pub(crate) async fn until(mut condition: impl FnMut() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.unwrap();
}

/// Asserts that at least one of five tries takes a time in `bounds`. Other processes may delay the rest.
pub(crate) async fn timely<F: Future<Output = ()>>(
    bounds: std::ops::Range<Duration>,
    mut attempt: impl FnMut() -> F,
) {
    let mut times = Vec::new();
    for _ in 0..5 {
        let begin = Instant::now();
        attempt().await;
        times.push(begin.elapsed());
        if bounds.contains(&times[times.len() - 1]) {
            return;
        }
    }
    panic!("no time in {bounds:?}: {times:?}");
}

/// Asserts that at least one of five tries measures less than `bound`. Other processes may delay the
/// rest.
pub(crate) async fn in_time<F: Future<Output = Duration>>(
    bound: Duration,
    mut attempt: impl FnMut() -> F,
) {
    let mut times = Vec::new();
    for _ in 0..5 {
        let took = attempt().await;
        if took < bound {
            return;
        }
        times.push(took);
    }
    panic!("no time under {bound:?}: {times:?}");
}

/// Returns the latency that 99 of 100 small calls do not exceed.
pub(crate) async fn p99(client: &Client, calls: usize) -> Duration {
    let mut latencies = Vec::new();
    for _ in 0..calls {
        let begun = Instant::now();
        let reply = client.call("echo", "small").await.unwrap();
        latencies.push(begun.elapsed());
        assert_eq!(reply, "small");
    }
    latencies.sort_unstable();
    latencies[calls * 99 / 100 - 1]
}

fn decimal(data: &[u8]) -> usize {
    str::from_utf8(data).unwrap().parse().unwrap()
}

fn panicking() -> Result<Vec<u8>, Infallible> {
    panic!("as the test asked for")
}
