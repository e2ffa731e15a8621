//! What a handler may know of its call.

use std::sync::Arc;

use crate::Peer;

/// The circumstances of a call: who has made it, and under which name.
///
/// # Examples
///
/// ```
/// use domainsockets::Request;
///
/// async fn whoami(request: Request) -> Result<String, String> {
///     let context = request.context();
///     Ok(format!("{} called {}", context.peer(), context.handler()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    handler: Arc<str>,
    peer: Peer,
}

impl Context {
    pub(crate) const fn new(handler: Arc<str>, peer: Peer) -> Self {
        Self { handler, peer }
    }

    /// The name under which the handler was called.
    #[must_use]
    pub fn handler(&self) -> &str {
        &self.handler
    }

    /// The process that has called, as the kernel knows it.
    #[must_use]
    pub const fn peer(&self) -> Peer {
        self.peer
    }
}
