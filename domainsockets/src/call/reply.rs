//! The reply to a call.

use bytes::Bytes;

/// The reply to a call, as a [`Carrier`](crate::Carrier) returns it.
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
    /// The data of the reply. Empty for a one-way call, which is complete once it is
    /// [sent](crate::Completion::Sent).
    pub data: Bytes,
}

impl From<Bytes> for Reply {
    fn from(data: Bytes) -> Self {
        Self { data }
    }
}
