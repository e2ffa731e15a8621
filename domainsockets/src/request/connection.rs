//! The connection of a request, as handlers see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{OneShotEvent, Origin};

/// A handle of the connection that a request was received on.
///
/// [`Context::connection`](crate::Context::connection) returns it. Clones refer to the same connection. A
/// handle does not keep the connection open.
///
/// # Examples
///
/// A daemon that removes a plugin when the plugin's connection ends:
///
/// ```
/// use domainsockets::{Context, service};
///
/// #[service]
/// pub trait Registry {
///     async fn register(&self, ctx: &Context, name: &str);
/// }
///
/// struct Plugins;
///
/// impl Registry for Plugins {
///     async fn register(&self, ctx: &Context, name: &str) {
///         let (connection, name) = (ctx.connection(), name.to_owned());
///         tokio::spawn(async move {
///             connection.closed().await;
///             println!("plugin {name} is gone");
///         });
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ConnectionHandle {
    info: Arc<ConnectionInfo>,
}

/// What handlers can learn about a connection.
#[derive(Debug)]
pub(crate) struct ConnectionInfo {
    id: u64,
    origin: Origin,
    /// Set when the connection has ended.
    pub(crate) closed: OneShotEvent,
    /// Set when the server begins to shut down. All connections of the server share it.
    pub(crate) shutting_down: Arc<OneShotEvent>,
}

impl ConnectionHandle {
    pub(super) const fn new(info: Arc<ConnectionInfo>) -> Self {
        Self { info }
    }

    /// Returns the connection's ID, which is unique within this process.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.info.id
    }

    /// Returns the origin of all requests of this connection.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.info.origin
    }

    /// Waits until the connection has ended: either side closed it, or the client's process ended.
    ///
    /// Returns at once if it has ended already.
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe: dropping the future loses nothing, and a later call waits for the same
    /// event.
    pub async fn closed(&self) {
        self.info.closed.wait().await;
    }

    /// Returns whether the connection has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.info.closed.is_set()
    }
}

impl ConnectionInfo {
    pub(crate) fn new(origin: Origin, shutting_down: Arc<OneShotEvent>) -> Arc<Self> {
        Arc::new(Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            origin,
            closed: OneShotEvent::default(),
            shutting_down,
        })
    }

    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// The ID of the next connection. Only uniqueness matters, so relaxed order is enough.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);
