//! The data of a message that is to be sent.

use bytes::Bytes;

/// Data in one piece or in two: what was written, and behind it bytes that somebody else wrote and
/// that are not copied.
#[derive(Clone, Debug, Default)]
pub struct Payload {
    pub(crate) head: Bytes,
    pub(crate) body: Bytes,
}

impl Payload {
    pub(crate) const fn new(head: Bytes, body: Bytes) -> Self {
        Self { head, body }
    }

    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// All of it in one piece.
    pub(crate) fn into_bytes(self) -> Bytes {
        match (self.head.is_empty(), self.body.is_empty()) {
            (_, true) => self.head,
            (true, false) => self.body,
            (false, false) => [self.head, self.body].concat().into(),
        }
    }
}

impl<B: Into<Bytes>> From<B> for Payload {
    fn from(body: B) -> Self {
        Self {
            head: Bytes::new(),
            body: body.into(),
        }
    }
}
