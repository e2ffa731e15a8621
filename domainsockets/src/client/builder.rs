//! What a client can be set to before it dials.

use std::path::Path;
use std::time::Duration;

use super::dial::dial;
use super::{Client, Reconnect};
use crate::dial::DialConfig;
use crate::limits::{MAX_IN_FLIGHT, MAX_IN_FLIGHT_LIMIT, bounded, bounded_message_size};
use crate::wire::GO_DATAGRAM;
use crate::{Allow, Error};

/// Sets up a [`Client`]: see [`Client::builder`].
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
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `dial`"]
pub struct ClientBuilder {
    pub(super) settings: DialConfig,
    pub(super) max_in_flight: usize,
    pub(super) reconnect: Option<Reconnect>,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            settings: DialConfig::default(),
            max_in_flight: MAX_IN_FLIGHT,
            reconnect: None,
        }
    }

    /// Sets how long a call may take if it does not say otherwise: queueing, writing and waiting
    /// together. 30 s by default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = bounded(deadline);
        self
    }

    /// Sets how long [`dial`](Self::dial) waits for the server. 5 s by default.
    pub fn dial_timeout(mut self, timeout: Duration) -> Self {
        self.settings.dial_timeout = bounded(timeout);
        self
    }

    /// Sets the users who may serve this client: who owns the socket's file, and who answers by the
    /// credentials that the kernel gives for it. By default the user whom the client acts as, and
    /// root. Nothing but the name of a fresh socket is sent before.
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
        self.settings.allow = allow;
        self
    }

    /// Dials again when the server has been lost: the next call does, and waits until the server is
    /// there again, but not beyond its deadline; then it ends with what the last attempt came to, or as
    /// [`Error::DeadlineExceeded`] if none has ended. Off by default, where each call fails from then
    /// on. Dialling for the first time is not repeated: [`dial`](Self::dial) fails if there is no server.
    ///
    /// A call that is disconnected, or refused since the server shuts down, is made again only if
    /// nothing of its request has left, or if it is declared to be
    /// [idempotent](crate::CallOptions::idempotent): no other one ever runs twice.
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

    /// Sets after how long without sending anything a keepalive is sent, which is also when the death
    /// of the server is seen at the latest where the kernel does not tell of it at once. 9 s by
    /// default, since a server drops what is silent for 30 s; at least 1 ms.
    pub fn keep_alive_interval(mut self, period: Duration) -> Self {
        self.settings.connection.keep_alive_interval =
            bounded(period).max(Duration::from_millis(1));
        self
    }

    /// Sets the largest Data of a request or reply in bytes. 4 MiB by default, 64 MiB at most.
    pub fn max_message_size(mut self, limit: usize) -> Self {
        self.settings.connection.max_message_size = bounded_message_size(limit);
        self
    }

    /// Sets how many calls may be in flight at a time; further ones wait for their turn, while their
    /// deadline runs. 1000 by default, at least 1.
    pub fn max_in_flight(mut self, limit: usize) -> Self {
        self.max_in_flight = limit.clamp(1, MAX_IN_FLIGHT_LIMIT);
        self
    }

    /// Sets the largest datagram in bytes that is sent to a server that announced itself. 64 KiB by default,
    /// at least 4096, which is what any other server gets.
    pub fn max_datagram_size(mut self, limit: usize) -> Self {
        self.settings.connection.max_datagram_size = limit.max(GO_DATAGRAM);
        self
    }

    /// Sets whether to announce this client to the server. On by default. Without it both sides keep to
    /// the Go package's protocol: replies of at most 4096 bytes, no cancellation, and the causes of
    /// errors only as texts.
    pub fn announce(mut self, announce: bool) -> Self {
        self.settings.connection.announce = announce;
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
    /// Outside a tokio runtime with I/O and time enabled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the attempt up and leaves no file behind.
    pub async fn dial(self, name: impl AsRef<Path>) -> Result<Client, Error> {
        dial(self, name.as_ref()).await
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self::new()
    }
}
