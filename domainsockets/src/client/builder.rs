//! The builder of a client: its configuration, and its first dialling.

use std::path::Path;
use std::time::Duration;

use super::dial::connect;
use super::{Client, Reconnect};
use crate::dial::{DialConfig, parse_name};
use crate::limits::{MAX_BUSY_POLL, MAX_IN_FLIGHT_LIMIT, bounded, bounded_message_size};
use crate::wire::GO_DATAGRAM;
use crate::{Allow, Error};

/// A builder of a [`Client`], which [`Client::builder`] returns.
///
/// Every setting has a default, so that [`Client::dial`] does for most programs.
///
/// # Examples
///
/// ```no_run
/// # async fn run() -> Result<(), domainsockets::Error> {
/// use std::time::Duration;
///
/// let client = domainsockets::Client::builder()
///     .deadline(Duration::from_secs(2))
///     .max_message_size(1 << 20)
///     .dial("kv")
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing happens before `dial`"]
pub struct ClientBuilder {
    pub(super) config: DialConfig,
    reconnect: Option<Reconnect>,
}

impl Client {
    /// Connects to a server.
    ///
    /// The name is that of a file in the temp dir (`$TMPDIR`, or `/tmp`), or an absolute path. The client
    /// creates its own socket in the same directory for the time of the handshake.
    ///
    /// # Errors
    ///
    /// [`Error::NotListening`], [`Error::AccessDenied`], [`Error::HandshakeTimeout`] after 5 s (or the time
    /// of [`ClientBuilder::dial_timeout`]), [`Error::Overloaded`] if the server refuses another connection of
    /// this user, [`Error::InvalidName`], [`Error::Protocol`] if the answer is not a setup message,
    /// [`Error::Io`].
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime with I/O and time enabled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the attempt and leaves no file behind.
    pub async fn dial(name: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().dial(name).await
    }

    /// Returns a builder, which configures a client before it dials.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// Sets the default deadline of calls. 30 s by default.
    ///
    /// It covers the whole call: waiting for a permit, for the server's queue, for a redial and for the
    /// reply. Then the call fails with [`Error::DeadlineExceeded`], or with the error of the last attempt to
    /// dial if the client was [reconnecting](Self::reconnect). A call with a deadline of its own
    /// ([`CallOptions::with_deadline`](crate::CallOptions::with_deadline), or its method's) uses that
    /// instead. The server does not learn this default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.config.deadline = bounded(deadline);
        self
    }

    /// Sets the timeout of the handshake. 5 s by default.
    ///
    /// After it, [`dial`](Self::dial) fails with [`Error::HandshakeTimeout`]. It also bounds each attempt to
    /// [reconnect](Self::reconnect).
    pub fn dial_timeout(mut self, timeout: Duration) -> Self {
        self.config.dial_timeout = bounded(timeout);
        self
    }

    /// Sets the users who may serve this client. By default the user that this process acts as, and root.
    ///
    /// The client checks the owner of the socket file, and the credentials that the kernel reports for the
    /// server's answer. Otherwise dialling fails with [`Error::AccessDenied`]. Before the check the client
    /// sends nothing but the name of a new socket, so an impostor receives no request.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use domainsockets::{Allow, Client};
    ///
    /// let client = Client::builder().allow(Allow::nobody().user("printer")?).dial("spool").await?;
    /// # Ok(()) }
    /// ```
    pub fn allow(mut self, allow: Allow) -> Self {
        self.config.allow = allow;
        self
    }

    /// Lets the client dial again after its connection is lost. Off by default: then all later calls fail.
    ///
    /// The next call dials. It repeats that until the server is there again, or its own deadline passes. Then
    /// it fails with the error of the last attempt, or with [`Error::DeadlineExceeded`] if no attempt has
    /// ended. An error that will not pass, such as [`Error::AccessDenied`], fails the call at once. The first
    /// [`dial`](Self::dial) is not repeated: it fails if there is no server.
    ///
    /// A call that fails because the connection is lost or the server shuts down is made again only if nothing
    /// of it was sent, or if it is [idempotent](crate::CallOptions::idempotent). So no other call runs twice.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::{Client, Reconnect, Request, Server};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let name = dir.path().join("echo");
    /// let echo = |request: Request| async { Ok::<_, String>(request.into_data()) };
    /// let server = Server::bind(&name)?.register("echo", echo)?.start()?;
    /// let client = Client::builder().reconnect(Reconnect::default()).dial(&name).await?;
    /// server.close().await?;
    ///
    /// let server = Server::bind(&name)?.register("echo", echo)?.start()?;
    /// assert_eq!(client.call("echo", "again").await?, "again");
    /// # server.close().await?;
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
    /// # .map_err(|error| error.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reconnect(mut self, policy: Reconnect) -> Self {
        self.reconnect = Some(policy);
        self
    }

    /// Sets the keep-alive interval. 9 s by default; smaller values than 1 ms count as 1 ms.
    ///
    /// The client sends a keep-alive when it has sent nothing for this time, since a server drops a connection
    /// that is silent for 30 s. Where the kernel cannot report a dead process, the interval bounds how long a
    /// dead server goes unnoticed.
    pub fn keep_alive_interval(mut self, period: Duration) -> Self {
        self.config.connection.keep_alive_interval = bounded(period).max(Duration::from_millis(1));
        self
    }

    /// Sets the largest data of a request or reply, in bytes. 4 MiB by default; larger values than 64 MiB
    /// count as 64 MiB.
    ///
    /// A larger request fails with [`Error::TooLarge`] and is not sent. The server's limit applies as well. A
    /// Rust server, which learns this limit, answers a larger reply with [`Error::TooLarge`]; a larger reply
    /// from a Go server ends the connection with [`Error::Protocol`].
    pub fn max_message_size(mut self, limit: usize) -> Self {
        self.config.connection.max_message_size = bounded_message_size(limit);
        self
    }

    /// Sets the largest number of calls in flight. 1000 by default; 0 counts as 1.
    ///
    /// Further calls wait in order while their deadlines run, or fail with [`Error::Overloaded`] if they have
    /// the option [`no_wait`](crate::CallOptions::no_wait). A Rust server's limit applies as well.
    pub fn max_in_flight(mut self, limit: usize) -> Self {
        self.config.max_in_flight = limit.clamp(1, MAX_IN_FLIGHT_LIMIT);
        self
    }

    /// Sets the largest datagram to a Rust server, in bytes. 64 KiB by default; smaller values than 4096
    /// count as 4096.
    ///
    /// Larger datagrams mean fewer system calls for large requests, but the kernel runs out of memory for
    /// them sooner. Other servers always receive datagrams of at most 4096 bytes.
    pub fn max_datagram_size(mut self, limit: usize) -> Self {
        self.config.connection.max_datagram_size = limit.max(GO_DATAGRAM);
        self
    }

    /// Sets for how long a call polls the socket for its reply before it sleeps. 50 µs by default, at most 1 ms; zero
    /// switches it off.
    ///
    /// To wake a sleeping thread takes longer than a whole call, so a call that is alone on its connection is answered
    /// several times as fast, and takes less processor time. Meanwhile a processor is busy, and the other tasks of the
    /// thread wait: for all its connections together no longer than this time. A call polls only while that pays off,
    /// and never on a machine with one processor.
    pub fn busy_poll(mut self, budget: Duration) -> Self {
        self.config.busy_poll = budget.min(MAX_BUSY_POLL);
        self
    }

    /// Sets whether the client announces itself to the server as a Rust peer. `true` by default.
    ///
    /// With `false`, both sides keep to the protocol of the Go package: replies have at most 4096 bytes,
    /// calls carry neither metadata nor deadlines, cancelled calls run on at the server, and every error of
    /// the server is the text of an [`Error::Handler`].
    pub fn announce(mut self, announce: bool) -> Self {
        self.config.connection.announce = announce;
        self
    }

    /// Connects to the server of this name: see [`Client::dial`].
    ///
    /// # Errors
    ///
    /// As [`Client::dial`].
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime with I/O and time enabled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the attempt and leaves no file behind.
    pub async fn dial(self, name: impl AsRef<Path>) -> Result<Client, Error> {
        let path = parse_name(name.as_ref())?;
        let connection = connect(&self.config, &path).await?;
        Ok(Client::new(self.config, self.reconnect, path, connection))
    }
}
