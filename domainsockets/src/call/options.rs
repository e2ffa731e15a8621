//! What may be said of a single call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Method;
use crate::Error;
use crate::proto::RequestMeta;
use crate::wire::{METADATA_BYTES, METADATA_ENTRIES, Meta, Metadata};

/// How one call differs from what its client is set to, and what it carries beside its arguments.
///
/// A call that a handler makes inherits from the call that is being handled, unless it is
/// [detached](Self::detached): it has no more time than that has left, if its caller has said how much, and
/// carries the same metadata, but for entries that are set here. It does so with every client, and with a
/// service of the same process, if it is first polled within the handler's own future: not in a task that
/// the handler has spawned.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let options = domainsockets::CallOptions::new().deadline(Duration::from_millis(200));
/// assert_eq!(options.deadline, Some(Duration::from_millis(200)));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// How long the call may take, if not as long as the client says.
    pub deadline: Option<Duration>,
    /// Whether the call may run more than once, so that a client that
    /// [reconnects](crate::ClientBuilder::reconnect) repeats it when its server is lost.
    pub idempotent: bool,
    /// Which method of a service is called, if it is one.
    method: Option<&'static Method>,
    /// Whether it has nothing of the call within whose handler it is made.
    is_detached: bool,
    metadata: Option<Arc<Metadata>>,
}

impl CallOptions {
    /// No difference.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of a call of this method.
    pub(crate) fn of(method: &'static Method) -> Self {
        Self {
            idempotent: method.is_idempotent(),
            method: Some(method),
            ..Self::default()
        }
    }

    /// The method that is called, if clients and servers compare it.
    #[inline]
    pub(crate) fn compared(&self) -> Option<&'static Method> {
        self.method.filter(|method| method.is_compared())
    }

    /// Sets how long the call may take: queueing, writing and waiting together. The server is told, and
    /// so is the handler: see [`Context::deadline`](crate::Context::deadline).
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Says that the call may run more than once.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Has the call carry a value under a key, in place of what it carries under the same key. The handler
    /// finds it in its [`Context`](crate::Context::metadata); a Go server does not look at it. For what
    /// does not belong to one method: the trace of a request, a tenant, a locale.
    ///
    /// A call carries at most 32 entries, of which keys and values have at most 8 KiB together; one
    /// with more ends with [`Error::TooMuchMetadata`], and nothing of it is sent. A client that does
    /// not [announce](crate::ClientBuilder::announce) itself sends none.
    #[must_use]
    pub fn metadata(mut self, key: &str, value: impl AsRef<[u8]>) -> Self {
        let metadata = self.metadata.get_or_insert_default();
        Arc::make_mut(metadata).set(key, value.as_ref());
        self
    }

    /// These, and what others say of which these say nothing.
    #[must_use]
    pub(crate) fn or(mut self, others: &Self) -> Self {
        self.deadline = self.deadline.or(others.deadline);
        self.idempotent |= others.idempotent;
        self.method = self.method.or(others.method);
        self.is_detached |= others.is_detached;
        self.metadata = merged(self.metadata, others.metadata.as_ref());
        self
    }

    /// Has the call inherit nothing from the call within whose handler it is made.
    ///
    /// # Examples
    ///
    /// A log gets what is to be logged even if nobody waits for the reply any more:
    ///
    /// ```
    /// use domainsockets::{CallOptions, Client, Request};
    ///
    /// async fn buy(request: Request, stock: &Client, log: &Client) -> Result<Vec<u8>, domainsockets::Error> {
    ///     let bought = stock.call("take", request.data().clone()).await;
    ///     let options = CallOptions::new().detached();
    ///     log.call_with("note", format!("{bought:?}"), options).await?;
    ///     Ok(bought?.to_vec())
    /// }
    /// ```
    #[must_use]
    pub fn detached(mut self) -> Self {
        self.is_detached = true;
        self
    }

    /// Completes what is said of a call that is made now: it has the deadline of its method if it has no
    /// other, and what there is to inherit. It would `usually` take no longer than this, if at all it has
    /// an end.
    ///
    /// # Errors
    ///
    /// [`Error::TooMuchMetadata`].
    #[inline]
    pub(crate) fn settle(&mut self, usually: Option<Duration>) -> Result<(), Error> {
        if self.deadline.is_none() {
            self.deadline = self.method.and_then(Method::deadline);
        }
        #[cfg(feature = "tokio")]
        if let Some(call) = crate::request::current()
            && let Some(meta) = &call.meta
        {
            self.inherit(meta, crate::driver::now(), usually);
        }
        // Without a runtime there are no handlers.
        #[cfg(not(feature = "tokio"))]
        let _ = usually;
        self.check()
    }

    /// Adds what a call has of the one within whose handler it is made.
    #[cold]
    fn inherit(&mut self, meta: &RequestMeta, now: Instant, usually: Option<Duration>) {
        if self.is_detached {
            return;
        }
        if let Some(end) = meta.deadline {
            let left = end.saturating_duration_since(now);
            let own = self.deadline.or(usually);
            self.deadline = Some(own.map_or(left, |own| own.min(left)));
        }
        if meta.metadata.is_some() {
            let own = self.metadata.take();
            self.metadata = merged(own, meta.metadata.as_ref());
        }
    }

    /// Refuses what no call may carry.
    fn check(&self) -> Result<(), Error> {
        match &self.metadata {
            Some(metadata) if !metadata.fits() => Err(Error::TooMuchMetadata {
                entries: metadata.len(),
                size: metadata.size(),
                entry_limit: METADATA_ENTRIES,
                size_limit: METADATA_BYTES,
            }),
            _ => Ok(()),
        }
    }

    /// What is to be said in front of a call that ends at `end`, and announces a signature; most have
    /// nothing.
    #[inline]
    pub(crate) fn meta(
        &self,
        now: Instant,
        end: Option<Instant>,
        signature: Option<u64>,
    ) -> Option<Meta> {
        if self.deadline.is_none() && self.metadata.is_none() && signature.is_none() {
            return None;
        }
        let end = end.filter(|_| self.deadline.is_some());
        Some(Meta {
            deadline: end.map(|end| end.saturating_duration_since(now)),
            signature,
            metadata: self.metadata.clone(),
        })
    }
}

/// All entries, of which one's own go before those of others.
fn merged(own: Option<Arc<Metadata>>, others: Option<&Arc<Metadata>>) -> Option<Arc<Metadata>> {
    match (own, others) {
        (None, others) => others.cloned(),
        (own, None) => own,
        (Some(own), Some(others)) => Some(Arc::new(own.or(others))),
    }
}
