//! A request as its handler sees it.

use std::sync::Arc;

use bytes::Bytes;

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
    handler: Arc<str>,
    data: Bytes,
}

impl Request {
    pub(crate) const fn new(handler: Arc<str>, data: Bytes) -> Self {
        Self { handler, data }
    }

    /// The name under which the handler was called.
    #[must_use]
    pub fn handler(&self) -> &str {
        &self.handler
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
