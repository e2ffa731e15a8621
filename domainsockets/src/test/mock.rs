//! A carrier that fails calls when it is told to.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::call::Carrier;
use crate::wire::Payload;
use crate::{CallOptions, Error};

/// Stands between a stub and what carries its calls, such as a [`Local`](crate::Local) with an
/// implementation of the trait that a test has: fails calls of some methods, and counts them.
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
/// let mock = Mock::new(fake).fail(KvClient::PUT, || Some(Error::Overloaded));
/// let kv = KvClient::new(mock);
///
/// assert_eq!(kv.get("a").await?, Some(vec![1]));
/// let refused = kv.put("a", &[2]).await;
/// assert!(matches!(refused, Err(CallError::Call(Error::Overloaded))));
/// assert_eq!(kv.carrier().calls(KvClient::PUT), 1);
/// # Ok(()) };
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(run)
/// # }
/// ```
pub struct Mock<C> {
    carrier: C,
    handlers: HashMap<String, Handler>,
}

#[derive(Default)]
struct Handler {
    calls: AtomicU64,
    fail: Option<Box<Fail>>,
}

type Fail = dyn Fn() -> Option<Error> + Send + Sync;

impl<C> Mock<C> {
    /// Fails nothing yet, and counts nothing.
    #[must_use]
    pub fn new(carrier: C) -> Self {
        Self {
            carrier,
            handlers: HashMap::new(),
        }
    }

    /// Counts the calls of a handler, and asks before each whether it is to fail: then it is not carried.
    #[must_use]
    pub fn fail(
        mut self,
        handler: &str,
        fail: impl Fn() -> Option<Error> + Send + Sync + 'static,
    ) -> Self {
        let entry = self.handlers.entry(handler.to_owned()).or_default();
        entry.fail = Some(Box::new(fail));
        self
    }

    /// Counts the calls of a handler.
    #[must_use]
    pub fn count(mut self, handler: &str) -> Self {
        self.handlers.entry(handler.to_owned()).or_default();
        self
    }

    /// How often a handler was called whose calls are counted; zero for any other.
    #[must_use]
    pub fn calls(&self, handler: &str) -> u64 {
        let handler = self.handlers.get(handler);
        handler.map_or(0, |handler| handler.calls.load(Ordering::Relaxed))
    }

    fn note(&self, handler: &str) -> Result<(), Error> {
        let Some(Handler { calls, fail }) = self.handlers.get(handler) else {
            return Ok(());
        };
        calls.fetch_add(1, Ordering::Relaxed);
        fail.as_ref().and_then(|fail| fail()).map_or(Ok(()), Err)
    }
}

impl<C: Carrier> Carrier for Mock<C> {
    async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
        self.note(handler)?;
        self.carrier.call(handler, data).await
    }

    async fn call_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<Bytes, Error> {
        self.note(handler)?;
        self.carrier.call_parts(handler, data, options).await
    }

    async fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<(), Error> {
        self.note(handler)?;
        self.carrier.send_parts(handler, data, options).await
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
