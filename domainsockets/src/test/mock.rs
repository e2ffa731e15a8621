//! A carrier that fails calls on demand.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "blocking")]
use crate::blocking;
use crate::{Call, Carrier, Error, Reply};

/// Fails calls of some handlers, and counts them, in front of another carrier: a
/// [`Local`](crate::Local), say, with an implementation of the trait that the test has.
///
/// # Examples
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
/// /// Has one entry, and takes none.
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
    /// Returns a mock that fails nothing yet, and counts nothing. Clones share what they count.
    #[must_use]
    pub fn new(carrier: C) -> Self {
        Self {
            carrier,
            handlers: HashMap::new(),
        }
    }

    /// Counts the calls of a handler, and asks before each whether it fails: a call that does is not carried.
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

    /// Counts the calls of a handler.
    #[must_use]
    pub fn count(mut self, handler: &str) -> Self {
        self.handlers.entry(handler.to_owned()).or_default();
        self
    }

    /// Returns the number of calls of a handler that is counted; zero for any other.
    #[must_use]
    pub fn calls(&self, handler: &str) -> u64 {
        let handler = self.handlers.get(handler);
        handler.map_or(0, |handler| handler.calls.load(Ordering::Relaxed))
    }

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
