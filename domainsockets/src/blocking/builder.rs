//! What a client can be set to before it dials.

use std::path::Path;
use std::time::Duration;

use super::Client;
use crate::dial::DialConfig;
use crate::limits::{bounded, bounded_message_size};
use crate::wire::GO_DATAGRAM;
use crate::{Allow, Error};

/// Sets up a [`Client`]: see [`Client::builder`].
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
///
/// use domainsockets::blocking::Client;
///
/// let client = Client::builder().deadline(Duration::from_secs(2)).dial("kv")?;
/// # Ok::<(), domainsockets::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing happens before `dial`"]
pub struct ClientBuilder {
    settings: DialConfig,
}

impl Client {
    /// Connects to the server of this name, which is a file in the temp dir, or an absolute path
    /// whose directory then holds the sockets of the connection too.
    ///
    /// # Errors
    ///
    /// [`Error::NotListening`], [`Error::AccessDenied`], [`Error::HandshakeTimeout`] after 5 s (or the time
    /// of [`ClientBuilder::dial_timeout`]), [`Error::InvalidName`], [`Error::Protocol`] if the answer is no
    /// setup message, [`Error::Io`].
    pub fn dial(name: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().dial(name)
    }

    /// Returns a builder, which sets up a client before it dials.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// How long a call may take if it does not say otherwise: queueing, writing and waiting
    /// together. 30 s by default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = bounded(deadline);
        self
    }

    /// How long [`dial`](Self::dial) waits for the server. 5 s by default.
    pub fn dial_timeout(mut self, timeout: Duration) -> Self {
        self.settings.dial_timeout = bounded(timeout);
        self
    }

    /// Which users may serve this client: who owns the socket's file, and who answers by the
    /// credentials that the kernel gives for it. By default the user whom the client acts as, and
    /// root. Nothing but the name of a fresh socket is sent before.
    pub fn allow(mut self, allow: Allow) -> Self {
        self.settings.allow = allow;
        self
    }

    /// Largest Data of a request or reply in bytes. 4 MiB by default, 64 MiB at most.
    pub fn max_message_size(mut self, limit: usize) -> Self {
        self.settings.connection.max_message_size = bounded_message_size(limit);
        self
    }

    /// Largest datagram in bytes that is sent to a server that announced itself. 64 KiB by default,
    /// at least 4096, which is what any other server gets.
    pub fn max_datagram_size(mut self, limit: usize) -> Self {
        self.settings.connection.max_datagram_size = limit.max(GO_DATAGRAM);
        self
    }

    /// Whether to announce this client to the server. On by default. Without it both sides keep to
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
    pub fn dial(self, name: impl AsRef<Path>) -> Result<Client, Error> {
        Client::new(self.settings, name.as_ref())
    }
}
