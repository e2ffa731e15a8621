//! The data of a message to be sent.

use std::mem;

use bytes::Bytes;

/// The data of a call or a reply: encoded bytes, followed by bytes that are shared or borrowed.
///
/// Bytes are not copied before the message is written. A stub passes a last `&[u8]` argument as borrowed
/// bytes, so that layers around the call pass it on without a copy.
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
    /// Whether a codec has written the payload, which adds lengths and names to what the user passes.
    is_encoded: bool,
}

/// The bytes behind the encoded ones.
#[derive(Clone, Debug)]
pub(crate) enum Body<'a> {
    Shared(Bytes),
    Borrowed(&'a [u8]),
}

impl<'a> Payload<'a> {
    /// Returns a payload that borrows these bytes.
    #[must_use]
    pub const fn borrowed(bytes: &'a [u8]) -> Self {
        Self {
            head: Bytes::new(),
            body: Body::Borrowed(bytes),
            is_encoded: false,
        }
    }

    /// Returns a payload of encoded bytes and borrowed ones behind them.
    pub(crate) const fn with_borrowed(head: Bytes, body: &'a [u8]) -> Self {
        Self {
            head,
            body: Body::Borrowed(body),
            is_encoded: true,
        }
    }

    /// Returns how many bytes the payload may have where the user's data may have `max_message_size`.
    pub(crate) const fn max_len(&self, max_message_size: usize) -> usize {
        if self.is_encoded {
            max_message_size.saturating_add(ENCODING_ALLOWANCE)
        } else {
            max_message_size
        }
    }

    /// Returns the number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.head.len() + self.body.bytes().len()
    }

    /// Returns whether the payload has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns all bytes as one buffer. Copies them if they are borrowed or in two parts, and shares them
    /// otherwise.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.clone().into_bytes()
    }

    /// Converts the payload into one buffer. Copies the bytes if they are borrowed or in two parts.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match (self.head.is_empty(), self.body) {
            (true, Body::Shared(body)) => body,
            (true, Body::Borrowed(body)) => Bytes::copy_from_slice(body),
            (false, body) if body.bytes().is_empty() => self.head,
            (false, body) => [&self.head, body.bytes()].concat().into(),
        }
    }

    /// Copies borrowed bytes, so that the payload can move into a task.
    #[must_use]
    pub fn into_owned(self) -> Payload<'static> {
        let body = match self.body {
            Body::Shared(body) => body,
            Body::Borrowed(body) => Bytes::copy_from_slice(body),
        };
        Payload {
            head: self.head,
            body: Body::Shared(body),
            is_encoded: self.is_encoded,
        }
    }
}

impl Payload<'static> {
    /// Returns a payload of encoded bytes and shared ones behind them.
    pub(crate) const fn encoded(head: Bytes, body: Bytes) -> Self {
        Self {
            head,
            body: Body::Shared(body),
            is_encoded: true,
        }
    }
}

impl<B: Into<Bytes>> From<B> for Payload<'_> {
    fn from(body: B) -> Self {
        Self {
            head: Bytes::new(),
            body: Body::Shared(body.into()),
            is_encoded: false,
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

    /// Takes the bytes out. Borrowed ones are copied with `copy`.
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

/// How many bytes the lengths and names that a codec writes may add to a message of the largest size.
pub(crate) const ENCODING_ALLOWANCE: usize = 64 * 1024;
