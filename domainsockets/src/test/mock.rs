//! A carrier that counts calls and fails them on demand.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "blocking")]
use crate::blocking;
use crate::{Call, Carrier, Error, Reply};

/// A carrier for tests that counts the calls of chosen handlers and makes them fail.
///
/// It wraps another carrier, which makes the calls that do not fail: usually a [`Local`](crate::Local) with
/// the test's own implementation of the trait. Handlers that are neither counted nor failed pass through. It
/// works for blocking stubs as well. Clones share their counters.
///
/// # Examples
///
/// A store whose writes fail as if the server was shutting down:
///
/// ```
/// use domainsockets::test::Mock;
/// use domainsockets::{CallError, Error, Local, service};
///
/// #[service]
/// pub trait Kv {
///     async fn get(&self, key: &str) -> Option<Vec<u8>>;
///     async fn put(&self, key: &str, value: &[u8]) -> Result<(), String>;
/// }
///
/// /// A store with one entry.
/// struct Fake;
///
/// impl Kv for Fake {
///     async fn get(&self, key: &str) -> Option<Vec<u8>> {
///         (key == "a").then(|| vec![1])
///     }
///     async fn put(&self, _key: &str, _value: &[u8]) -> Result<(), String> {
///         Ok(())
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let run = async {
/// let fake = Local::new(KvServer::new(Fake))?;
/// let mock = Mock::new(fake).fail(KvClient::PUT, || Some(Error::ShuttingDown));
/// let kv = KvClient::new(mock);
///
/// assert_eq!(kv.get("a").await?, Some(vec![1]));
/// let refused = kv.put("a", &[2]).await;
/// assert!(matches!(refused, Err(CallError::Call(Error::ShuttingDown))));
/// assert_eq!(kv.carrier().calls(KvClient::PUT), 1);
/// # Ok(()) };
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(run)
/// # }
/// ```
#[derive(Clone)]
pub struct Mock<C> {
    carrier: C,
    handlers: HashMap<String, MockedHandler>,
}

#[derive(Clone, Default)]
struct MockedHandler {
    calls: Arc<AtomicU64>,
    fail: Option<Arc<Fail>>,
}

type Fail = dyn Fn() -> Option<Error> + Send + Sync;

impl<C> Mock<C> {
    /// Wraps a carrier in a mock that counts and fails no calls yet.
    #[must_use]
    pub fn new(carrier: C) -> Self {
        Self {
            carrier,
            handlers: HashMap::new(),
        }
    }

    /// Counts the calls of a handler, and makes those fail for which `fail` returns an error.
    ///
    /// `fail` runs before each call, and a call that fails does not reach the wrapped carrier. A later call
    /// of this method for the same handler replaces `fail`. No error reports a handler that no service has:
    /// use the constants of the stub, such as `KvClient::PUT`, so that a misspelt name does not compile.
    ///
    /// # Examples
    ///
    /// A call that fails once, for a test of retries:
    ///
    /// ```
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// use domainsockets::test::{Mock, Pair};
    /// use domainsockets::{Call, Carrier, Error, Request};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (client, _link) = Pair::new()
    ///     .register("ping", |_: Request| async { Ok::<_, String>("pong") })?
    ///     .start();
    /// let is_first = AtomicBool::new(true);
    /// let mock = Mock::new(client).fail("ping", move || {
    ///     let fails = is_first.swap(false, Ordering::Relaxed);
    ///     fails.then_some(Error::Disconnected { may_have_run: false })
    /// });
    /// assert!(mock.execute(Call::new("ping", "")).await.is_err());
    /// assert_eq!(mock.execute(Call::new("ping", "")).await?.data, "pong");
    /// assert_eq!(mock.calls("ping"), 2);
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    #[must_use]
    pub fn fail(
        mut self,
        handler: &str,
        fail: impl Fn() -> Option<Error> + Send + Sync + 'static,
    ) -> Self {
        let entry = self.handlers.entry(handler.to_owned()).or_default();
        entry.fail = Some(Arc::new(fail));
        self
    }

    /// Counts the calls of a handler without making them fail.
    #[must_use]
    pub fn count(mut self, handler: &str) -> Self {
        self.handlers.entry(handler.to_owned()).or_default();
        self
    }

    /// Returns the number of calls of a handler so far, failed ones included; zero if the handler is not
    /// counted.
    #[must_use]
    pub fn calls(&self, handler: &str) -> u64 {
        let handler = self.handlers.get(handler);
        handler.map_or(0, |handler| handler.calls.load(Ordering::Relaxed))
    }

    /// Counts a call, and returns the error that it fails with, if it fails.
    fn note(&self, handler: &str) -> Result<(), Error> {
        let Some(MockedHandler { calls, fail }) = self.handlers.get(handler) else {
            return Ok(());
        };
        calls.fetch_add(1, Ordering::Relaxed);
        fail.as_ref().and_then(|fail| fail()).map_or(Ok(()), Err)
    }
}

impl<C: Carrier> Carrier for Mock<C> {
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        self.note(&call.handler)?;
        self.carrier.execute(call).await
    }
}

#[cfg(feature = "blocking")]
impl<C: blocking::Carrier> blocking::Carrier for Mock<C> {
    fn execute(&self, call: Call<'_>) -> Result<blocking::Reply, Error> {
        self.note(&call.handler)?;
        self.carrier.execute(call)
    }
}

impl<C: fmt::Debug> fmt::Debug for Mock<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mock")
            .field("carrier", &self.carrier)
            .field("handlers", &self.handlers.keys())
            .finish_non_exhaustive()
    }
}
