//! What a call brings back.

use bytes::Bytes;

/// The reply to a call, as carriers pass it on.
///
/// # Examples
///
/// ```
/// use domainsockets::{Bytes, Reply};
///
/// let reply = Reply::from(Bytes::from("pong"));
/// assert_eq!(reply.data, "pong");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reply {
    /// The data of the reply; empty if the call was complete once it was
    /// [sent](crate::Completion::Sent).
    pub data: Bytes,
}

impl From<Bytes> for Reply {
    fn from(data: Bytes) -> Self {
        Self { data }
    }
}
