//! The options of a single call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Canceller;
use crate::Error;
use crate::proto::RequestMeta;
use crate::wire::{METADATA_BYTES, METADATA_ENTRIES, Meta, Metadata};

/// The options of one call: deadline, metadata, idempotence and cancellation.
///
/// Pass them to [`Client::call_with`](crate::Client::call_with), or to a stub with `with`:
/// `kv.with(options).get("a")`.
///
/// # Inheritance
///
/// A call that a handler makes inherits from the request that the handler serves: it ends no later than that
/// request's deadline, and carries the request's metadata besides its own entries.
/// [`detached`](Self::detached) turns this off. Inheritance works with every carrier of this library, for
/// calls that are first polled within the handler's own future; a task that the handler spawns inherits
/// nothing.
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
    /// Returns the default options: deadline and idempotence are those of the method, or else of the client.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the deadline of the call, counted from the call's beginning.
    ///
    /// It covers the whole call: waiting for a permit, for the server's queue, for a redial and for the reply.
    /// Then the call fails with [`Error::DeadlineExceeded`], or with the error of the last attempt to dial if
    /// the client was [reconnecting](crate::ClientBuilder::reconnect). A Rust server, which learns the deadline,
    /// stops the handler: see [`Context::deadline`](crate::Context::deadline). Without this option, the method's
    /// deadline applies (`#[rpc(deadline = …)]`), or else the client's, which is 30 s by default.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.set_deadline(deadline);
        self
    }

    /// Sets the deadline of the call: see [`with_deadline`](Self::with_deadline).
    pub const fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = Some(deadline);
    }

    /// Returns the deadline, if the options set one.
    #[must_use]
    pub const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Declares that the call may run more than once.
    ///
    /// A client that [reconnects](crate::ClientBuilder::reconnect) then makes it again if the connection is
    /// lost, or the server shuts down, while the call is in flight. Without this option, and unless the
    /// method is idempotent, it makes a call again only if nothing of it was sent.
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

    /// Sets the value of a metadata key, and replaces an earlier value.
    ///
    /// Metadata is for what concerns every method: a trace ID, a tenant, a locale. The handler reads it with
    /// [`Context::metadata`](crate::Context::metadata); a Go server ignores it. A client that does not
    /// [announce](crate::ClientBuilder::announce) itself sends none.
    ///
    /// A call carries at most 32 entries, with at most 8 KiB in all keys and values together, inherited
    /// entries included. A call with more fails with [`Error::TooMuchMetadata`] and is not sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::CallOptions;
    ///
    /// let options = CallOptions::new().with_metadata("trace", "7f3a").with_metadata("tenant", "lab");
    /// assert_eq!(options.metadata("trace"), Some(&b"7f3a"[..]));
    /// assert_eq!(options.metadata_entries().count(), 2);
    /// ```
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

    /// Returns all metadata entries that the options set, in the order in which they were set.
    pub fn metadata_entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.metadata.iter().flat_map(|metadata| metadata.iter())
    }

    /// Lets the call inherit neither deadline nor metadata from the request that is being handled.
    ///
    /// # Examples
    ///
    /// A handler that writes a log entry even if the deadline of its request has passed:
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

    /// Returns whether the call is [`detached`](Self::detached) from the request that is being handled.
    #[must_use]
    pub const fn is_detached(&self) -> bool {
        self.is_detached
    }

    /// Lets the call fail if its request cannot be sent at once.
    ///
    /// It fails with [`Error::Overloaded`] if too many calls are in flight or the server's receive queue is
    /// full (backpressure). By default the call waits until its deadline. A broadcast of one-way calls uses
    /// this option, so that one receiver that has stopped reading does not delay the others.
    ///
    /// A request that is larger than a datagram may be sent in part before the queue is full. The client cannot
    /// take that part back, and the server cannot read the next request before it has the rest. So the call
    /// then waits for the rest, until its deadline. Datagrams to a Rust server have up to 64 KiB
    /// ([`ClientBuilder::max_datagram_size`](crate::ClientBuilder::max_datagram_size)), those to other servers
    /// 4096 bytes. A broadcast of larger requests needs a short [deadline](Self::with_deadline) as well.
    ///
    /// The call does not wait for a redial either. If the connection was lost, the call of a client that
    /// [reconnects](crate::ClientBuilder::reconnect) has the client dial in the background, for later calls.
    /// It fails at once with [`Error::Disconnected`], or with the error of the last attempt to dial.
    ///
    /// A blocking client has no thread that dials in the background. There the call itself makes one attempt
    /// to dial, which takes less than a millisecond if the server runs. If the server does not answer within
    /// 100 ms, the call fails with [`Error::HandshakeTimeout`], or with [`Error::DeadlineExceeded`] if its
    /// deadline passes before. For one second after an attempt without an answer, and while another thread
    /// dials, calls with this option fail at once with [`Error::Disconnected`].
    #[must_use]
    pub const fn no_wait(mut self) -> Self {
        self.is_no_wait = true;
        self
    }

    /// Returns whether the call fails if its request cannot be sent at once.
    #[must_use]
    pub const fn is_no_wait(&self) -> bool {
        self.is_no_wait
    }

    /// Lets a [`Canceller`] cancel the call, which then fails with [`Error::Cancelled`].
    ///
    /// A call that begins after its canceller was cancelled fails without being sent. The error is the same, so
    /// [`Error::may_have_run`] is `true` for it as well: it cannot tell this call from one that was cancelled
    /// in flight. Check [`Canceller::is_cancelled`] before the call if the difference matters.
    ///
    /// The call fails at once, also while it waits for a permit or a redial. The first `dial` of a client is no
    /// call, and is not cancelled: see [`Canceller`].
    #[must_use]
    pub fn cancelled_by(mut self, canceller: &Canceller) -> Self {
        self.canceller = Some(canceller.clone());
        self
    }

    /// Returns the canceller that may cancel the call, if the options name one.
    #[must_use]
    pub const fn canceller(&self) -> Option<&Canceller> {
        self.canceller.as_ref()
    }

    /// Merges `others` into these options. Where both set a value, that of these options is kept.
    ///
    /// Metadata is merged by key. The flags (idempotent, detached, no wait) are set if either side sets them.
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

    /// Settles the options of a call that begins now: adds `method_deadline`, and what the call
    /// inherits. `default_deadline` is the client's, which an inherited one may shorten.
    ///
    /// # Errors
    ///
    /// [`Error::TooMuchMetadata`], [`Error::Cancelled`] if the canceller is already cancelled.
    #[inline]
    pub(crate) fn settle(
        &mut self,
        method_deadline: Option<Duration>,
        default_deadline: Option<Duration>,
    ) -> Result<(), Error> {
        if self.deadline.is_none() {
            self.deadline = method_deadline;
        }
        #[cfg(feature = "tokio")]
        if let Some(request) = crate::request::current()
            && let Some(meta) = request.meta()
        {
            self.inherit(meta, crate::driver::now(), default_deadline);
        }
        // Without the feature `tokio` there are no handlers, and nothing to inherit.
        #[cfg(not(feature = "tokio"))]
        let _ = default_deadline;
        if self.canceller.as_ref().is_some_and(Canceller::is_cancelled) {
            return Err(Error::Cancelled);
        }
        self.check()
    }

    /// Adds what the call inherits from the request that is being handled: a deadline is only ever shortened.
    #[cold]
    fn inherit(&mut self, meta: &RequestMeta, now: Instant, default_deadline: Option<Duration>) {
        if self.is_detached {
            return;
        }
        if let Some(end) = meta.deadline {
            let left = end.saturating_duration_since(now);
            let own = self.deadline.or(default_deadline);
            self.deadline = Some(own.map_or(left, |own| own.min(left)));
        }
        if meta.metadata.is_some() {
            let own = self.metadata.take();
            self.metadata = merged(own, meta.metadata.as_ref());
        }
    }

    /// Fails if the metadata exceeds what a call may carry.
    ///
    /// # Errors
    ///
    /// [`Error::TooMuchMetadata`].
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

    /// Returns the `$meta` message to send in front of a call that ends at `end` and may announce a
    /// signature.
    ///
    /// Most calls need none. The client's default deadline is not sent: it is how long this client waits, and
    /// no wish of the caller.
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

/// Merges metadata by key. Where both sides have a key, the value of `own` is kept.
fn merged(own: Option<Arc<Metadata>>, others: Option<&Arc<Metadata>>) -> Option<Arc<Metadata>> {
    match (own, others) {
        (None, others) => others.cloned(),
        (own, None) => own,
        (Some(own), Some(others)) => Some(Arc::new(own.or(others))),
    }
}
