//! What the user of a client holds.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::connection::Connection;
use super::connection_slot::ConnectionSlot;
use super::dial::connect;
use super::{Carrier, Reply, now};
use crate::call::Draft;
use crate::dial::{DialConfig, parse_name};
use crate::limits::bounded;
use crate::transport::SocketPath;
use crate::{Call, CallOptions, Completion, Error, Peer};

/// A client of a server, whose calls wait for their replies.
///
/// Clones share the connection, and any number of threads can call over it at the same time. It keeps no
/// thread, so nothing is sent between calls: a connection that has been idle for 25 s, or that has ended
/// since the last call, is made again by the next one. No call is ever repeated of which anything was sent.
///
/// # Examples
///
/// ```no_run
/// let client = domainsockets::blocking::Client::dial("echo")?;
/// assert_eq!(client.call("Echo", "Hello")?, "Hello");
/// # Ok::<(), domainsockets::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<SharedClient>,
}

/// What clones of a client share.
struct SharedClient {
    path: SocketPath,
    config: DialConfig,
    server: Peer,
    slot: ConnectionSlot,
}

impl Client {
    pub(super) fn new(config: DialConfig, name: &Path) -> Result<Self, Error> {
        let path = parse_name(name)?;
        let connection = connect(&config, &path, now() + config.dial_timeout)?;
        Ok(Self {
            shared: Arc::new(SharedClient {
                path,
                config,
                server: connection.server(),
                slot: ConnectionSlot::new(Arc::new(connection)),
            }),
        })
    }

    /// Calls a handler with raw data, and returns the data of its reply.
    ///
    /// # Errors
    ///
    /// Any of [`Error`]. A request that is too large is not sent.
    pub fn call(&self, handler: &str, data: impl Into<Bytes>) -> Result<Bytes, Error> {
        self.make(Call::new(handler, data.into()))
    }

    /// Calls a handler as [`call`](Self::call) does, with options for this call alone.
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

    /// Calls a handler, and returns when the request was sent: the kernel has all of it. The reply is
    /// discarded, an error too. The call ends with the connection, so with the last clone of the client.
    ///
    /// # Errors
    ///
    /// Any of [`Error`] that occur before the request was sent.
    pub fn send(&self, handler: &str, data: impl Into<Bytes>) -> Result<(), Error> {
        self.send_with(handler, data, CallOptions::new())
    }

    /// Calls a handler as [`send`](Self::send) does, with options for this call alone.
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

    /// Returns the server's process, as the kernel knew it when it was dialled first.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.shared.server.clone()
    }

    fn make(&self, call: Call<'_>) -> Result<Bytes, Error> {
        let SharedClient { config, slot, .. } = &*self.shared;
        let mut draft = Draft::new(call);
        draft.settle(now(), Some(config.deadline))?;
        let end = draft
            .end()
            .unwrap_or_else(|| now() + bounded(Duration::MAX));
        let mut is_redialled = false;
        loop {
            let (connection, is_new) =
                slot.connection(end, || self.shared.redial(&draft, end), || draft.expired())?;
            is_redialled |= is_new;
            if let Some(method) = draft.unannounced()
                && !connection.knows(method)?
            {
                // No lock is held: to find a signature out, types run code of their own, which may call.
                draft.announce(method);
                continue;
            }
            match connection.call(&draft) {
                // The server has ended since, and may have been started again.
                Err(failure)
                    if !is_redialled
                        && matches!(
                            failure.error,
                            Error::Disconnected {
                                may_have_run: false
                            }
                        ) =>
                {
                    slot.discard(&connection);
                }
                called => return called.map_err(|failure| failure.error),
            }
        }
    }
}

impl SharedClient {
    /// Dials again for a call that ends at `end`.
    fn redial(&self, draft: &Draft<'_>, end: Instant) -> Result<Connection, Error> {
        let in_time = now() + self.config.dial_timeout;
        match connect(&self.config, &self.path, in_time.min(end)) {
            Err(Error::HandshakeTimeout { .. }) if end < in_time => Err(draft.expired()),
            connected => connected,
        }
    }
}

impl Carrier for Client {
    fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        self.make(call).map(Reply::from)
    }
}

impl crate::Carrier for Client {
    async fn execute(&self, call: Call<'_>) -> Result<crate::Reply, Error> {
        self.make(call).map(crate::Reply::from)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("path", &self.shared.path)
            .field("server", &self.shared.server)
            .finish_non_exhaustive()
    }
}
