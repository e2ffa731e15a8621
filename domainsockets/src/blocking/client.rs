//! What the user of a client holds.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::ClientBuilder;
use super::connection::Connection;
use super::dial::connect;
use crate::drive::now;
use crate::handshake::parse_name;
use crate::limits::bounded;
use crate::transport::SocketPath;
use crate::wire::{NAME_LIMIT, Payload};
use crate::{CallOptions, Carrier, Error, Peer};

/// A client of a server, whose calls wait for their replies.
///
/// One call is made after the other; threads that are to call at the same time have a client each. It
/// keeps no thread, so nothing is sent between calls: a connection that has been idle for 25 s, or that
/// has ended since the last call, is made again by the next one. No call is ever repeated of which
/// anything has left.
///
/// As a [`Carrier`] it can be under a stub of the asynchronous kind; each of its futures is then ready
/// when it is polled first, and holds up whoever polls it.
///
/// # Examples
///
/// ```no_run
/// let client = domainsockets::blocking::Client::dial("echo")?;
/// assert_eq!(client.call("Echo", "Hello")?, "Hello");
/// # Ok::<(), domainsockets::Error>(())
/// ```
pub struct Client {
    path: SocketPath,
    settings: ClientBuilder,
    server: Peer,
    /// The connection, until it is lost.
    connection: Mutex<Option<Connection>>,
}

impl Client {
    pub(super) fn new(settings: ClientBuilder, name: &Path) -> Result<Self, Error> {
        let path = parse_name(name)?;
        let connection = connect(&settings, &path, now() + settings.dial_timeout)?;
        Ok(Self {
            path,
            settings,
            server: connection.server,
            connection: Mutex::new(Some(connection)),
        })
    }

    /// Connects to the server of this name, which is a file in the temp dir, or an absolute path
    /// whose directory then holds the sockets of the connection too.
    ///
    /// # Errors
    ///
    /// [`Error::NotListening`], [`Error::Denied`], [`Error::HandshakeTimeout`] after 5 s (or what
    /// [`ClientBuilder::dial_timeout`] says), [`Error::InvalidName`], [`Error::Protocol`] if the
    /// answer is no setup message, [`Error::Io`].
    pub fn dial(name: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().dial(name)
    }

    /// Sets up a client before it dials.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Calls a handler with raw data, and returns the data of its reply.
    ///
    /// # Errors
    ///
    /// Any of [`Error`]. A request that is too large is not sent.
    pub fn call(&self, handler: &str, data: impl Into<Bytes>) -> Result<Bytes, Error> {
        self.call_with(handler, data, CallOptions::new())
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
        self.run(handler, data.into().into(), options)
    }

    /// The server's process, as the kernel knew it when it was dialled first.
    #[must_use]
    pub const fn peer(&self) -> Peer {
        self.server
    }

    fn run(&self, handler: &str, data: Payload, mut options: CallOptions) -> Result<Bytes, Error> {
        if handler.len() > NAME_LIMIT {
            let reason = "a handler name has at most 1024 bytes";
            let name = handler.to_owned();
            return Err(Error::InvalidName { name, reason });
        }
        options.settle(Some(self.settings.deadline))?;
        let options = &options;
        let begun = now();
        let deadline = begun + options.deadline.map_or(self.settings.deadline, bounded);
        // Nothing that holds the lock leaves the state half changed.
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = connection.as_mut()
            && found.is_usable()
        {
            match found.call(handler, data.clone(), deadline, options) {
                // The server has gone since, and may be there again.
                Err(failed) if failed.came_late => {}
                called => return called.map_err(|failed| failed.error),
            }
        }
        *connection = None;
        let until = deadline.min(now() + self.settings.dial_timeout);
        let connection = connection.insert(connect(&self.settings, &self.path, until)?);
        let called = connection.call(handler, data, deadline, options);
        called.map_err(|failed| failed.error)
    }
}

impl Carrier for Client {
    async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
        self.run(handler, data.into(), CallOptions::new())
    }

    async fn call_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<Bytes, Error> {
        self.run(handler, data, options)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("path", &self.path)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
