//! Requests, as their handlers see them.

mod connection;
mod context;
#[cfg(feature = "tokio")]
mod current;
mod one_shot_event;
mod origin;
mod state;

use bytes::Bytes;

use crate::Peer;

pub use connection::ConnectionHandle;
pub(crate) use connection::ConnectionInfo;
pub use context::Context;
#[cfg(feature = "tokio")]
pub(crate) use current::{CurrentGuard, current};
pub(crate) use one_shot_event::OneShotEvent;
pub use origin::{Origin, RemoteName};
pub(crate) use state::RequestState;

/// A request, as a raw handler receives it: the data and their context.
///
/// # Examples
///
/// ```
/// use domainsockets::Request;
///
/// async fn reverse(request: Request) -> Result<Vec<u8>, String> {
///     Ok(request.data().iter().rev().copied().collect())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Request {
    context: Context,
    data: Bytes,
}

impl Request {
    #[cfg(feature = "tokio")]
    pub(crate) const fn new(context: Context, data: Bytes) -> Self {
        Self { context, data }
    }

    /// Returns the context of the request.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// Returns the name under which the handler was called.
    #[must_use]
    pub fn handler(&self) -> &str {
        self.context.handler()
    }

    /// Returns the process that made the request, as the kernel identified it, or `None` for a remote caller.
    #[must_use]
    pub fn peer(&self) -> Option<&Peer> {
        self.context.peer()
    }

    /// Returns the data of the request. Their format is up to the handler.
    #[must_use]
    pub const fn data(&self) -> &Bytes {
        &self.data
    }

    /// Returns the data of the request by value, without copying them.
    #[must_use]
    pub fn into_data(self) -> Bytes {
        self.data
    }
}
