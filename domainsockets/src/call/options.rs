//! The options of a single call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Canceller;
use crate::Error;
use crate::proto::RequestMeta;
use crate::wire::{METADATA_BYTES, METADATA_ENTRIES, Meta, Metadata};

/// The options of one call: its deadline, its metadata, and how it may be retried and cancelled.
///
/// A call that a handler makes inherits from the request that is being handled, unless it is
/// [detached](Self::detached): it ends no later than that request's deadline, and carries the same metadata,
/// except for entries that are set here. This holds for every client, and for a service of the same process,
/// if the call is first polled within the handler's own future: not in a task that the handler has spawned.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let options = domainsockets::CallOptions::new().with_deadline(Duration::from_millis(200));
/// assert_eq!(options.deadline(), Some(Duration::from_millis(200)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    deadline: Option<Duration>,
    is_idempotent: bool,
    is_detached: bool,
    is_no_wait: bool,
    metadata: Option<Arc<Metadata>>,
    canceller: Option<Canceller>,
}

impl CallOptions {
    /// Returns options that leave everything to the client and the method.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long the call may take: queueing, writing and waiting together. The server learns it, and
    /// so does the handler: see [`Context::deadline`](crate::Context::deadline).
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.set_deadline(deadline);
        self
    }

    /// Sets how long the call may take: see [`with_deadline`](Self::with_deadline).
    pub const fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = Some(deadline);
    }

    /// Returns how long the call may take, if the options say so.
    #[must_use]
    pub const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Declares that the call may run more than once, so that a client that
    /// [reconnects](crate::ClientBuilder::reconnect) repeats it if its server is lost.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.is_idempotent = true;
        self
    }

    /// Returns whether the options declare that the call may run more than once.
    #[must_use]
    pub const fn is_idempotent(&self) -> bool {
        self.is_idempotent
    }

    /// Sets the value of a metadata key, which replaces an earlier value. The handler reads it from its
    /// [`Context`](crate::Context::metadata); a Go server ignores it. Metadata is for what does not belong
    /// to one method: the trace of a request, a tenant, a locale.
    ///
    /// A call carries at most 32 entries, whose keys and values have at most 8 KiB together. A call with
    /// more fails with [`Error::TooMuchMetadata`] and is not sent. A client that does not
    /// [announce](crate::ClientBuilder::announce) itself sends no metadata.
    #[must_use]
    pub fn with_metadata(mut self, key: &str, value: impl AsRef<[u8]>) -> Self {
        self.set_metadata(key, value);
        self
    }

    /// Sets the value of a metadata key: see [`with_metadata`](Self::with_metadata).
    pub fn set_metadata(&mut self, key: &str, value: impl AsRef<[u8]>) {
        let metadata = self.metadata.get_or_insert_default();
        Arc::make_mut(metadata).set(key, value.as_ref());
    }

    /// Returns the value of a metadata key, if the options set one.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&[u8]> {
        self.metadata.as_ref()?.get(key)
    }

    /// Returns all metadata entries that the options set, in the order of their setting.
    pub fn metadata_entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.metadata.iter().flat_map(|metadata| metadata.iter())
    }

    /// Lets the call inherit nothing from the request that is being handled.
    ///
    /// # Examples
    ///
    /// A log entry is written even if the caller has given up by then:
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
    pub const fn detached(mut self) -> Self {
        self.is_detached = true;
        self
    }

    /// Returns whether the call inherits nothing from the request that is being handled.
    #[must_use]
    pub const fn is_detached(&self) -> bool {
        self.is_detached
    }

    /// Lets the call fail with [`Error::Overloaded`] where its request could not be sent at once: too many
    /// calls are in flight, or the server's queue is full. A broadcast of one-way calls is then not held
    /// up by a receiver that has stopped reading.
    #[must_use]
    pub const fn no_wait(mut self) -> Self {
        self.is_no_wait = true;
        self
    }

    /// Returns whether the call fails where its request could not be sent at once.
    #[must_use]
    pub const fn is_no_wait(&self) -> bool {
        self.is_no_wait
    }

    /// Lets a [`Canceller`] end the call with [`Error::Cancelled`].
    #[must_use]
    pub fn cancelled_by(mut self, canceller: &Canceller) -> Self {
        self.canceller = Some(canceller.clone());
        self
    }

    /// Returns the canceller that may end the call, if there is one.
    #[must_use]
    pub const fn canceller(&self) -> Option<&Canceller> {
        self.canceller.as_ref()
    }

    /// Returns these options, completed by `others` where these leave something open.
    #[must_use]
    pub fn or(mut self, others: &Self) -> Self {
        self.deadline = self.deadline.or(others.deadline);
        self.is_idempotent |= others.is_idempotent;
        self.is_detached |= others.is_detached;
        self.is_no_wait |= others.is_no_wait;
        self.metadata = merged(self.metadata, others.metadata.as_ref());
        if self.canceller.is_none() {
            self.canceller.clone_from(&others.canceller);
        }
        self
    }

    /// Completes the options of a call that is made now: `of_method` is its method's deadline, and what the
    /// request being handled passes on is added. Without a deadline the call would take `usually`, if it
    /// ends at all.
    ///
    /// # Errors
    ///
    /// [`Error::TooMuchMetadata`], [`Error::Cancelled`].
    #[inline]
    pub(crate) fn settle(
        &mut self,
        of_method: Option<Duration>,
        usually: Option<Duration>,
    ) -> Result<(), Error> {
        if self.deadline.is_none() {
            self.deadline = of_method;
        }
        #[cfg(feature = "tokio")]
        if let Some(request) = crate::request::current()
            && let Some(meta) = request.meta()
        {
            self.inherit(meta, crate::driver::now(), usually);
        }
        // Without a runtime there are no handlers.
        #[cfg(not(feature = "tokio"))]
        let _ = usually;
        if self.canceller.as_ref().is_some_and(Canceller::is_cancelled) {
            return Err(Error::Cancelled);
        }
        self.check()
    }

    /// Adds what the call inherits from the request that is being handled.
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

    /// Refuses metadata that no call may carry.
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

    /// Returns the message that goes in front of a call that ends at `end` and announces a signature; most
    /// calls have none.
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

/// Returns all entries; where both have a key, the own value wins.
fn merged(own: Option<Arc<Metadata>>, others: Option<&Arc<Metadata>>) -> Option<Arc<Metadata>> {
    match (own, others) {
        (None, others) => others.cloned(),
        (own, None) => own,
        (Some(own), Some(others)) => Some(Arc::new(own.or(others))),
    }
}
