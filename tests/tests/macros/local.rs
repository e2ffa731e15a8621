//! Stubs that call a service in the same process, without a socket.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domainsockets::test::Mock;
use domainsockets::{CallError, CallOptions, Context, Error, Local, Peer, service};
use tests::watchdog;

#[service]
trait Desk {
    async fn echo(&self, text: &str, bytes: &[u8]) -> (String, Vec<u8>);
    fn caller(&self, ctx: &Context) -> (u32, String);
    async fn refuse(&self, why: String) -> Result<(), String>;
    fn panic(&self);
    async fn wait(&self);
    #[rpc(deadline = "20ms")]
    async fn wait_a_little(&self);
    /// Makes a call, and returns how many microseconds that call had left, and its metadata.
    async fn nested(&self) -> (Option<u64>, Vec<u8>);
    fn told(&self, ctx: &Context) -> (Option<u64>, Vec<u8>);
    /// Does the same from a detached task.
    async fn apart(&self) -> (Option<u64>, Vec<u8>);
    /// Does the same from a method on its own thread.
    #[rpc(blocking)]
    fn threaded(&self) -> (Option<u64>, Vec<u8>);
    #[rpc(oneway)]
    async fn hang(&self);
    /// Yields once, and then adds to the count.
    #[rpc(oneway, no_cancel)]
    async fn file(&self, number: u8);
    #[rpc(oneway, blocking)]
    fn file_slowly(&self, number: u8);
    #[rpc(allow(uid = 4_000_000_000))]
    fn locked(&self);
}

/// Counts the calls of `wait` that are waiting.
struct Clerk(Arc<AtomicUsize>);

struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Desk for Clerk {
    async fn echo(&self, text: &str, bytes: &[u8]) -> (String, Vec<u8>) {
        (text.to_owned(), bytes.to_vec())
    }
    fn caller(&self, ctx: &Context) -> (u32, String) {
        (
            ctx.peer().and_then(Peer::pid).unwrap(),
            ctx.handler().to_owned(),
        )
    }
    async fn refuse(&self, why: String) -> Result<(), String> {
        Err(why)
    }
    fn panic(&self) {
        panic!("as the test asked for")
    }
    async fn wait(&self) {
        let _waiting = Waiting::new(&self.0);
        pending::<()>().await;
    }
    async fn wait_a_little(&self) {
        self.wait().await;
    }
    async fn nested(&self) -> (Option<u64>, Vec<u8>) {
        let inner = DeskClient::local(Self(Arc::default())).unwrap();
        inner.told().await.unwrap()
    }
    fn told(&self, ctx: &Context) -> (Option<u64>, Vec<u8>) {
        let left = ctx
            .deadline()
            .map(|end| end.saturating_duration_since(Instant::now()));
        let left = left.map(|left| u64::try_from(left.as_micros()).unwrap());
        (left, ctx.metadata("trace").unwrap_or_default().to_vec())
    }
    async fn apart(&self) -> (Option<u64>, Vec<u8>) {
        let inner = DeskClient::local(Self(Arc::default())).unwrap();
        let detached = CallOptions::new().detached();
        inner.with(detached).nested().await.unwrap()
    }
    fn threaded(&self) -> (Option<u64>, Vec<u8>) {
        let inner = DeskClient::local(Self(Arc::default())).unwrap();
        let mut told = std::pin::pin!(inner.told());
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        match told.as_mut().poll(&mut cx) {
            std::task::Poll::Ready(told) => told.unwrap(),
            std::task::Poll::Pending => panic!("it waits for nothing"),
        }
    }
    async fn hang(&self) {
        let _waiting = Waiting::new(&self.0);
        pending::<()>().await;
    }
    async fn file(&self, number: u8) {
        tokio::task::yield_now().await;
        self.file_slowly(number);
    }
    fn file_slowly(&self, number: u8) {
        self.0.fetch_add(usize::from(number), Ordering::Relaxed);
    }
    fn locked(&self) {
        unreachable!("only another user may call this")
    }
}

#[test]
fn local_calls_end_as_calls_over_a_socket_do() {
    watchdog::run(|| async {
        let desk = DeskClient::local(Clerk(Arc::default())).unwrap();
        let echoed = desk.echo("text", b"bytes").await.unwrap();
        assert_eq!(echoed, ("text".to_owned(), b"bytes".to_vec()));
        let caller = (std::process::id(), "Desk.caller".to_owned());
        assert_eq!(desk.caller().await.unwrap(), caller);
        match desk.refuse("no".to_owned()).await {
            Err(CallError::Method(why)) => assert_eq!(why, "no"),
            other => panic!("expected a refusal, got {other:?}"),
        }
        let panicked = desk.panic().await;
        assert!(matches!(panicked, Err(Error::Panicked { .. })));
        let locked = desk.locked().await;
        assert!(matches!(locked, Err(Error::PermissionDenied { .. })));
        let unknown = desk.carrier().call("Desk.leave", "").await;
        assert!(matches!(unknown, Err(Error::UnknownHandler { .. })));
        let garbled = desk.carrier().call(DeskClient::ECHO, "\x09").await;
        assert!(matches!(garbled, Err(Error::Codec(_))));
    });
}

#[test]
fn a_local_call_that_is_dropped_is_cancelled() {
    watchdog::run(|| async {
        let waiting = Arc::<AtomicUsize>::default();
        let local = Local::new(DeskServer::new(Clerk(Arc::clone(&waiting)))).unwrap();
        let desk = DeskClient::new(local);
        let soon = CallOptions::new().with_deadline(Duration::from_millis(20));
        assert!(matches!(
            desk.with(soon).wait().await,
            Err(Error::DeadlineExceeded { .. })
        ));
        assert!(matches!(
            desk.wait_a_little().await,
            Err(Error::DeadlineExceeded { .. })
        ));
        assert_eq!(waiting.load(Ordering::Relaxed), 0);
        tokio::select! {
            biased;
            _ = desk.wait() => unreachable!("it waits indefinitely"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(waiting.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn local_calls_of_a_handler_inherit_its_deadline_and_metadata() {
    watchdog::run(|| async {
        let desk = DeskClient::local(Clerk(Arc::default())).unwrap();
        assert_eq!(desk.nested().await.unwrap(), (None, Vec::new()));
        let minute = Duration::from_secs(60);
        let options = CallOptions::new()
            .with_deadline(minute)
            .with_metadata("trace", "7");
        let within = desk.with(options);
        let of_its_caller = |(left, trace): (Option<u64>, Vec<u8>)| {
            assert!(left.is_some_and(|left| u128::from(left) <= minute.as_micros()));
            assert_eq!(trace, b"7");
        };
        of_its_caller(within.nested().await.unwrap());
        of_its_caller(within.threaded().await.unwrap());
        assert_eq!(within.apart().await.unwrap(), (None, Vec::new()));
    });
}

#[test]
fn local_oneway_calls_return_at_once() {
    watchdog::run(|| async {
        let waiting = Arc::<AtomicUsize>::default();
        let local = Local::new(DeskServer::new(Clerk(Arc::clone(&waiting)))).unwrap();
        let desk = DeskClient::new(Mock::new(local).count(DeskClient::HANG));
        desk.hang().await.unwrap();
        assert_eq!(desk.carrier().calls(DeskClient::HANG), 1);
        while waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        // They end with the last clone of their carrier.
        drop(desk);
        while waiting.load(Ordering::Relaxed) > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn local_oneway_calls_of_no_cancel_methods_outlive_their_carrier() {
    watchdog::run(|| async {
        let count = Arc::<AtomicUsize>::default();
        let desk = || DeskClient::local(Clerk(Arc::clone(&count))).unwrap();
        desk().file(1).await.unwrap();
        desk().file_slowly(10).await.unwrap();
        let boxed = DeskClient::new(Mock::new(desk().carrier().clone())).boxed();
        boxed.file(100).await.unwrap();
        drop(boxed);
        while count.load(Ordering::Relaxed) < 111 {
            tokio::task::yield_now().await;
        }
    });
}
