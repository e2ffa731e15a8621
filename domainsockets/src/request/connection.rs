//! The connection of a request, as its handler sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Origin, Signal};

/// The connection that a request came over: see [`Context::connection`](crate::Context::connection).
///
/// Clones are of the same connection, and can outlive it.
///
/// # Examples
///
/// A daemon that forgets a plugin when its connection ends:
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

/// What a server knows of a connection that its handlers may ask for.
#[derive(Debug)]
pub(crate) struct ConnectionInfo {
    id: u64,
    origin: Origin,
    pub(crate) closed: Signal,
    /// Shared by all connections of a server.
    pub(crate) shutting_down: Arc<Signal>,
}

impl ConnectionHandle {
    pub(super) const fn new(info: Arc<ConnectionInfo>) -> Self {
        Self { info }
    }

    /// Returns a number that no other connection of this process has.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.info.id
    }

    /// Returns the origin of all requests of this connection.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.info.origin
    }

    /// Waits until the connection has ended: the client closed it or its process ended, or the server
    /// closed it.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped: another one ends as this one would have.
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
    pub(crate) fn new(origin: Origin, shutting_down: Arc<Signal>) -> Arc<Self> {
        Arc::new(Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            origin,
            closed: Signal::default(),
            shutting_down,
        })
    }

    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);
