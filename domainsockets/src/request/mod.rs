//! A request as its handler sees it.

mod context;
#[cfg(feature = "tokio")]
mod current;
#[cfg(feature = "tokio")]
mod state;

use bytes::Bytes;

pub use context::Context;
#[cfg(feature = "tokio")]
pub(crate) use {
    current::{CurrentGuard, current},
    state::RequestState,
};

use crate::Peer;

/// What a raw handler is given.
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
    pub(crate) const fn new(context: Context, data: Bytes) -> Self {
        Self { context, data }
    }

    /// The circumstances of the call.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// The name under which the handler was called.
    #[must_use]
    pub fn handler(&self) -> &str {
        self.context.handler()
    }

    /// The process that has called, as the kernel knows it.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.context.peer()
    }

    /// The argument, whose meaning is the handler's.
    #[must_use]
    pub const fn data(&self) -> &Bytes {
        &self.data
    }

    /// The argument, without copying it.
    #[must_use]
    pub fn into_data(self) -> Bytes {
        self.data
    }
}
