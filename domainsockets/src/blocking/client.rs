//! What the user of a client holds.

use std::fmt;
use std::path::Path;
use std::time::Instant;

use bytes::Bytes;

use super::connection::{Connection, Draft, Until};
use super::connection_lock::Line;
use super::dial::connect;
use super::{ClientBuilder, now};
use crate::call::check_handler;
use crate::dial::DialConfig;
use crate::dial::parse_name;
use crate::limits::bounded;
use crate::transport::SocketPath;
use crate::wire::Payload;
use crate::{CallOptions, Carrier, Error, Peer};

/// A client of a server, whose calls wait for their replies.
///
/// One call is made after the other, and waits for its turn as long as its deadline lets it; threads that
/// are to call at the same time have a client each. It keeps no thread, so nothing is sent between calls:
/// a connection that has been idle for 25 s, or that has ended since the last call, is made again by the
/// next one. No call is ever repeated of which anything has left.
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
    settings: DialConfig,
    server: Peer,
    line: Line,
}

impl Client {
    pub(super) fn new(settings: DialConfig, name: &Path) -> Result<Self, Error> {
        let path = parse_name(name)?;
        let connection = connect(&settings, &path, now() + settings.dial_timeout)?;
        Ok(Self {
            path,
            settings,
            server: connection.server,
            line: Line::new(connection),
        })
    }

    /// Connects to the server of this name, which is a file in the temp dir, or an absolute path
    /// whose directory then holds the sockets of the connection too.
    ///
    /// # Errors
    ///
    /// [`Error::NotListening`], [`Error::AccessDenied`], [`Error::HandshakeTimeout`] after 5 s (or what
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
        self.run(handler, data.into().into(), options, Until::Reply)
    }

    /// Calls a handler, and returns when the request has left this process, which is when the kernel has
    /// it. Nobody learns what comes of it. It ends with the connection, so with the client too.
    ///
    /// # Errors
    ///
    /// Any of [`Error`] that come before the request has left.
    pub fn send(&self, handler: &str, data: impl Into<Bytes>) -> Result<(), Error> {
        let (data, options) = (data.into().into(), CallOptions::new());
        self.run(handler, data, options, Until::Left).map(drop)
    }

    /// The server's process, as the kernel knew it when it was dialled first.
    #[must_use]
    pub const fn peer(&self) -> Peer {
        self.server
    }

    fn run(
        &self,
        handler: &str,
        data: Payload,
        mut options: CallOptions,
        until: Until,
    ) -> Result<Bytes, Error> {
        check_handler(handler)?;
        options.settle(Some(self.settings.deadline))?;
        let time = options.deadline.map_or(self.settings.deadline, bounded);
        let mut draft = Draft {
            handler,
            data,
            deadline: now() + time,
            options: &options,
            announces: None,
            until,
        };
        let mut is_redialled = false;
        loop {
            let mut turn = self.line.turn(draft.deadline)?;
            if !turn.connection.as_mut().is_some_and(Connection::is_usable) {
                turn.connection = None;
                turn.connection = Some(self.connect(draft.deadline)?);
                is_redialled = true;
            }
            let Some(connection) = &mut turn.connection else {
                continue;
            };
            if let Some(method) = options.compared()
                && draft.announces.is_none()
                && !connection.knows(method)?
            {
                // Not in a turn: to find it out types run code of their own, which may call.
                drop(turn);
                draft.announces = Some((method, method.signature().hash()));
                continue;
            }
            match connection.call(&draft) {
                // The server has gone since, and may be there again.
                Err(failed) if failed.came_late && !is_redialled => turn.connection = None,
                called => return called.map_err(|failed| failed.error),
            }
        }
    }

    fn connect(&self, deadline: Instant) -> Result<Connection, Error> {
        let in_time = now() + self.settings.dial_timeout;
        match connect(&self.settings, &self.path, in_time.min(deadline)) {
            Err(Error::HandshakeTimeout { .. }) if deadline < in_time => {
                Err(Error::DeadlineExceeded)
            }
            connected => connected,
        }
    }
}

impl Carrier for Client {
    async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
        self.run(handler, data.into(), CallOptions::new(), Until::Reply)
    }

    async fn call_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<Bytes, Error> {
        self.run(handler, data, options, Until::Reply)
    }

    async fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<(), Error> {
        self.run(handler, data, options, Until::Left).map(drop)
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
