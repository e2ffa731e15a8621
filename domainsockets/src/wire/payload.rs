//! The data of a message that is to be sent.

use std::mem;

use bytes::Bytes;

/// The data of a call: what was encoded, and behind it bytes that are not copied before the message is
/// written.
///
/// A stub splits a last `&[u8]` argument off as such bytes, so that layers around the call pass it on
/// without copying it.
///
/// # Examples
///
/// ```
/// use domainsockets::Payload;
///
/// let page = [7; 4096];
/// let payload = Payload::borrowed(&page);
/// assert_eq!(payload.len(), 4096);
/// assert_eq!(payload.to_bytes(), page[..]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Payload<'a> {
    pub(crate) head: Bytes,
    pub(crate) body: Body<'a>,
}

/// The bytes behind what was encoded.
#[derive(Clone, Debug)]
pub(crate) enum Body<'a> {
    Shared(Bytes),
    Borrowed(&'a [u8]),
}

impl<'a> Payload<'a> {
    /// Returns a payload of bytes that the caller keeps.
    #[must_use]
    pub const fn borrowed(bytes: &'a [u8]) -> Self {
        Self {
            head: Bytes::new(),
            body: Body::Borrowed(bytes),
        }
    }

    /// Returns a payload of two parts, the second of which is borrowed.
    pub(crate) const fn with_borrowed(head: Bytes, body: &'a [u8]) -> Self {
        Self {
            head,
            body: Body::Borrowed(body),
        }
    }

    /// Returns the number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.head.len() + self.body.bytes().len()
    }

    /// Returns whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns all bytes in one piece, copied only if there are several or they are borrowed.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.clone().into_bytes()
    }

    /// Turns the payload into bytes in one piece, copied only if there are several or they are
    /// borrowed.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match (self.head.is_empty(), self.body) {
            (true, Body::Shared(body)) => body,
            (true, Body::Borrowed(body)) => Bytes::copy_from_slice(body),
            (false, body) if body.bytes().is_empty() => self.head,
            (false, body) => [&self.head, body.bytes()].concat().into(),
        }
    }

    /// Copies what is borrowed.
    #[must_use]
    pub fn into_owned(self) -> Payload<'static> {
        let body = match self.body {
            Body::Shared(body) => body,
            Body::Borrowed(body) => Bytes::copy_from_slice(body),
        };
        Payload::new(self.head, body)
    }
}

impl Payload<'static> {
    pub(crate) const fn new(head: Bytes, body: Bytes) -> Self {
        Self {
            head,
            body: Body::Shared(body),
        }
    }
}

impl<B: Into<Bytes>> From<B> for Payload<'_> {
    fn from(body: B) -> Self {
        Self {
            head: Bytes::new(),
            body: Body::Shared(body.into()),
        }
    }
}

impl Body<'_> {
    /// Returns the bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Borrowed(bytes) => bytes,
        }
    }

    /// Takes the bytes, copying them if they are borrowed.
    pub(crate) fn take(&mut self, copy: impl FnOnce(&[u8]) -> Bytes) -> Bytes {
        match mem::take(self) {
            Self::Shared(bytes) => bytes,
            Self::Borrowed(bytes) => copy(bytes),
        }
    }
}

impl Default for Body<'_> {
    fn default() -> Self {
        Self::Shared(Bytes::new())
    }
}
