//! Finding a server again that has been lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;

use super::ClientBuilder;
use super::connection::Connection;
use super::dial::connect;
use crate::Error;
use crate::drive::{now, within};
use crate::limits::bounded;
use crate::transport::SocketPath;
use crate::wire::Payload;

/// How a client dials its server again after it has lost it: see
/// [`ClientBuilder::reconnect`](super::ClientBuilder::reconnect).
///
/// Between attempts that fail there are pauses, the first of 10 ms, each twice as long as the one before,
/// up to one second, unless told otherwise.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let reconnect = domainsockets::Reconnect::default()
///     .first_pause(Duration::from_millis(50))
///     .longest_pause(Duration::from_secs(5));
/// let builder = domainsockets::Client::builder().reconnect(reconnect);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconnect {
    first_pause: Duration,
    longest_pause: Duration,
}

/// The connection of a client that dials again when it is lost.
#[derive(Debug)]
pub(super) struct Redial {
    builder: ClientBuilder,
    path: SocketPath,
    policy: Reconnect,
    current: Mutex<Arc<Connection>>,
    /// Held by the call that dials, for all others that need the connection.
    dialling: tokio::sync::Mutex<()>,
}

impl Reconnect {
    /// How long to wait after the first attempt that has failed. At least 1 ms.
    #[must_use]
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = bounded(pause).max(SHORTEST_PAUSE);
        self
    }

    /// How long to wait at most. At least 1 ms.
    #[must_use]
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest_pause = bounded(pause).max(SHORTEST_PAUSE);
        self
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_millis(10),
            longest_pause: Duration::from_secs(1),
        }
    }
}

impl Redial {
    pub(super) fn new(
        builder: ClientBuilder,
        path: SocketPath,
        policy: Reconnect,
        first: Arc<Connection>,
    ) -> Arc<Self> {
        Arc::new(Self {
            builder,
            path,
            policy,
            current: Mutex::new(first),
            dialling: tokio::sync::Mutex::new(()),
        })
    }

    /// Calls a handler, on as many connections as it takes until the request has left, or, if it may
    /// run more than once, until it is answered.
    pub(super) async fn call(
        self: &Arc<Self>,
        handler: &str,
        data: Payload,
        deadline: Duration,
        idempotent: bool,
    ) -> Result<Bytes, Error> {
        let Some(end) = now().checked_add(deadline) else {
            return self.current().call(handler, data, deadline).await;
        };
        loop {
            let connection = self.connection(end).await?;
            let left = end.saturating_duration_since(now());
            match connection.call(handler, data.clone(), left).await {
                Err(Error::Disconnected { may_have_run }) if idempotent || !may_have_run => {}
                result => return result,
            }
        }
    }

    /// The connection as it is, whether it can be used or not.
    pub(super) fn current(&self) -> Arc<Connection> {
        Arc::clone(&self.lock())
    }

    /// A connection that can be used.
    async fn connection(self: &Arc<Self>, end: Instant) -> Result<Arc<Connection>, Error> {
        let current = self.current();
        if current.is_usable() {
            return Ok(current);
        }
        let runtime = &current.runtime;
        let Ok(_dialling) = within(runtime, end, self.dialling.lock()).await else {
            return Err(Error::DeadlineExceeded);
        };
        let current = self.current();
        if current.is_usable() {
            return Ok(current);
        }
        // Dialling takes the runtime that the client belongs to; it ends with this call.
        let mut dialling = JoinSet::new();
        dialling.spawn_on(Arc::clone(self).dial(end), runtime);
        match dialling.join_next().await {
            Some(Ok(dialled)) => dialled,
            _ => Err(Error::Disconnected {
                may_have_run: false,
            }),
        }
    }

    /// Dials until there is a connection, or no time is left.
    async fn dial(self: Arc<Self>, end: Instant) -> Result<Arc<Connection>, Error> {
        let mut pause = self.policy.first_pause;
        loop {
            let dialled = tokio::time::timeout_at(end.into(), connect(&self.builder, &self.path));
            let error = match dialled.await {
                Ok(Ok(connection)) => {
                    *self.lock() = Arc::clone(&connection);
                    return Ok(connection);
                }
                Ok(Err(error)) if is_passing(&error) => error,
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(Error::DeadlineExceeded),
            };
            let next = now() + pause;
            if end <= next {
                return Err(error);
            }
            tracing::debug!(%error, ?pause, "the server cannot be dialled yet");
            tokio::time::sleep_until(next.into()).await;
            pause = (pause * 2).min(self.policy.longest_pause);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Connection>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the server may be found a moment later, when it has started again.
const fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::NotListening { .. }
            | Error::HandshakeTimeout { .. }
            | Error::Overloaded
            | Error::Io(_)
    )
}

const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
