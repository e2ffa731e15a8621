//! The blocking client, whose calls block their threads.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::connection::Connection;
use super::connection_slot::ConnectionSlot;
use super::dial::{DialBounds, DialFailure, connect};
use super::{Carrier, Reply, now};
use crate::call::Draft;
use crate::dial::{DialConfig, parse_name};
use crate::transport::SocketPath;
use crate::{Call, CallOptions, Canceller, Completion, Error, Peer};

/// A client of a server, whose calls block the thread until the reply is received.
///
/// Clones share the connection, and any number of threads can call over it at the same time. At most 1000
/// calls are in flight, or fewer if the server announces less; further ones wait.
///
/// The client has no thread of its own, so it sends no keep-alive between calls. If the connection was idle
/// for 25 s, or has ended since the last call, the next call dials again. A call is made again on a new
/// connection only if nothing of it was sent.
///
/// A child process that was forked without `exec` dials a connection of its own with its first call, and leaves that of
/// its parent alone.
///
/// # Examples
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("echo");
/// # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
/// # let entered = runtime.enter();
/// # let server = domainsockets::Server::bind(&name)
/// #     .and_then(|server| {
/// #         server.register("Echo", |request: domainsockets::Request| async {
/// #             Ok::<_, String>(request.into_data())
/// #         })
/// #     })
/// #     .and_then(|server| server.start())
/// #     .map_err(|error| error.to_string())?;
/// # drop(entered);
/// use domainsockets::blocking::Client;
///
/// let client = Client::dial(&name)?;
/// assert_eq!(client.call("Echo", "Hello")?, "Hello");
/// # runtime.block_on(server.close());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<SharedClient>,
}

/// The state that clones of a client share.
struct SharedClient {
    path: SocketPath,
    config: DialConfig,
    slot: Arc<ConnectionSlot>,
}

impl Client {
    pub(super) fn new(config: DialConfig, name: &Path) -> Result<Self, Error> {
        let path = parse_name(name)?;
        let bounds = DialBounds {
            timeout: config.dial_timeout,
            until: now() + config.dial_timeout,
            canceller: None,
        };
        let connected = connect(&config, &path, &bounds);
        let connection = connected.map_err(|failure| failure.error)?;
        Ok(Self {
            shared: Arc::new(SharedClient {
                path,
                config,
                slot: Arc::new(ConnectionSlot::new(Arc::new(connection))),
            }),
        })
    }

    /// Calls a handler with raw data, and returns the data of its reply.
    ///
    /// # Errors
    ///
    /// Any [`Error`], those of dialling included if the connection was lost. A request that is too large is
    /// not sent.
    pub fn call(&self, handler: &str, data: impl Into<Bytes>) -> Result<Bytes, Error> {
        self.make(Call::new(handler, data.into()))
    }

    /// Calls a handler as [`call`](Self::call) does, with options for this call.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use domainsockets::CallOptions;
    ///
    /// let client = domainsockets::blocking::Client::dial("kv")?;
    /// let options = CallOptions::new()
    ///     .with_deadline(Duration::from_millis(200))
    ///     .with_metadata("trace", "7f3a");
    /// let reply = client.call_with("get", "key", options)?;
    /// # Ok::<(), domainsockets::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_with(
        &self,
        handler: &str,
        data: impl Into<Bytes>,
        options: CallOptions,
    ) -> Result<Bytes, Error> {
        let mut call = Call::new(handler, data.into());
        call.options = options;
        self.make(call)
    }

    /// Makes a one-way call: returns once the kernel has accepted the whole request.
    ///
    /// The client discards the reply, also if it is an error.
    ///
    /// Once this has returned `Ok`, a Rust server calls the handler even if the client is dropped, or its process ends,
    /// right after. What the handler then does is that of any call whose connection has ended: it is dropped where it
    /// waits for the first time. A handler that does not wait runs to its end, and so does a method with `no_cancel` or
    /// `blocking`. The call is lost if the server itself ends or refuses it, for example at its limits, or cannot check
    /// an `allow(group = …)` any more because the caller's process has ended.
    ///
    /// # Errors
    ///
    /// Any [`Error`] before the request is sent.
    pub fn send(&self, handler: &str, data: impl Into<Bytes>) -> Result<(), Error> {
        self.send_with(handler, data, CallOptions::new())
    }

    /// Makes a one-way call as [`send`](Self::send) does, with options for this call.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_with(
        &self,
        handler: &str,
        data: impl Into<Bytes>,
        options: CallOptions,
    ) -> Result<(), Error> {
        let mut call = Call::new(handler, data.into());
        call.options = options;
        call.completion = Completion::Sent;
        self.make(call).map(drop)
    }

    /// Waits until the server has answered, and returns its process, as the kernel identified it.
    ///
    /// [`dial`](Self::dial) returns once the server has the client's message in its queue, and the first request follows
    /// at once. So what the server says against the client is the error of the first call. Call this before it
    /// to learn that without making a call. It returns at once if the server has answered already, and dials again if
    /// the connection has ended.
    ///
    /// # Errors
    ///
    /// [`Error::AccessDenied`], [`Error::Overloaded`] or [`Error::ShuttingDown`] if the server refuses the client,
    /// [`Error::HandshakeTimeout`] if it has not answered [in time](super::ClientBuilder::dial_timeout), those of
    /// dialling.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let client = domainsockets::blocking::Client::dial("kv")?;
    /// println!("the server is {}", client.ready()?);
    /// # Ok::<(), domainsockets::Error>(())
    /// ```
    pub fn ready(&self) -> Result<Peer, Error> {
        let end = now() + 2 * self.shared.config.dial_timeout;
        let draft = Draft::new(Call::new("", Bytes::new()));
        let slot = &self.shared.slot;
        let dial = || self.shared.redial(&draft, end);
        let (connection, _) = slot.connection(&draft, end, dial)?;
        connection.ready(&draft, end)
    }

    /// Returns the server's process, as the kernel identified it, or `None` if there is no connection at the moment, or the
    /// server has not answered yet: see [`ready`](Self::ready).
    #[must_use]
    pub fn peer(&self) -> Option<Peer> {
        self.shared.slot.current()?.server()
    }

    fn make(&self, call: Call<'_>) -> Result<Bytes, Error> {
        let SharedClient { config, slot, .. } = &*self.shared;
        let mut draft = Draft::new(call);
        draft.settle(now(), Some(config.deadline))?;
        let end = draft.wait_end(now());
        let mut is_redialled = false;
        loop {
            if draft.canceller().is_some_and(Canceller::is_cancelled) {
                return Err(Error::Cancelled);
            }
            let (connection, is_new) =
                slot.connection(&draft, end, || self.shared.redial(&draft, end))?;
            is_redialled |= is_new;
            if let Some(method) = draft.unannounced()
                && !connection.knows(method)?
            {
                // No lock is held: deriving the signature runs `Deserialize` code of the user's types, which
                // may make calls itself.
                draft.announce(method);
                continue;
            }
            match connection.call(&draft, end) {
                // Nothing was sent, and the server may have restarted since the last call: dial once.
                Err(failure) if !is_redialled && !failure.was_sent && failure.is_lost() => {
                    slot.discard(&connection);
                }
                called => return called.map_err(|failure| failure.error),
            }
        }
    }
}

impl SharedClient {
    /// Dials again for a call with the deadline `end`. If the deadline cuts the handshake short, the call fails
    /// with the deadline's error.
    ///
    /// A call that must not wait dials as well, since no other thread does it later. It waits for the answer
    /// only as long as a responsive server needs for it.
    fn redial(&self, draft: &Draft<'_>, end: Instant) -> Result<Arc<Connection>, DialFailure> {
        let mut timeout = self.config.dial_timeout;
        if draft.is_no_wait() {
            timeout = timeout.min(NO_WAIT_TIMEOUT);
        }
        let begun = now();
        let in_time = begun + timeout;
        let until = in_time.min(end);
        let bounds = DialBounds {
            timeout,
            until,
            canceller: draft.canceller(),
        };
        let connected = connect(&self.config, &self.path, &bounds).and_then(|connection| {
            // As long as this thread dials, others wait for it: for a server that refuses the client, too.
            let connection = Arc::new(connection);
            connection.ready(draft, until)?;
            Ok(connection)
        });
        connected.map_err(|failure| {
            let DialFailure {
                error,
                was_unanswered,
            } = failure;
            let is_expired = end < in_time && matches!(error, Error::HandshakeTimeout { .. });
            let had_time = until.saturating_duration_since(begun) >= ANSWER_TIME;
            DialFailure {
                error: if is_expired { draft.expired() } else { error },
                was_unanswered: was_unanswered.filter(|unanswered| had_time || !unanswered),
            }
        })
    }
}

impl Carrier for Client {
    fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        self.make(call).map(Reply::from)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("path", &self.shared.path)
            .finish_non_exhaustive()
    }
}

/// The time after which a server that has not answered the handshake counts as unresponsive. A call with a shorter
/// deadline does not show that.
const ANSWER_TIME: Duration = Duration::from_millis(10);

/// The time that the server has to answer the handshake of a call that must not wait. It takes a server that
/// runs less than a millisecond.
const NO_WAIT_TIMEOUT: Duration = Duration::from_millis(100);
