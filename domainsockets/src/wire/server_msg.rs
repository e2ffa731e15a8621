//! Messages from server to client.

use super::reader::{BodyReader, split_message};
use super::{SERVER_DATA, SERVER_ERROR, WireError, varint};

/// A message from server to client, which borrows from the buffer that it was decoded from.
///
/// On the wire it is `[total][id][type][data length][data]`. Every integer is an unsigned LEB128 varint, and
/// `total` counts the bytes after itself.
///
/// # Examples
///
/// ```
/// use domainsockets::wire::{ServerMsg, ServerMsgType};
///
/// let reply = ServerMsg { id: 0, kind: ServerMsgType::Data, data: b"Hello" };
/// let mut bytes = Vec::new();
/// reply.encode(&mut bytes);
/// assert_eq!(bytes, b"\x08\x00\x01\x05Hello");
/// assert_eq!(ServerMsg::decode(&bytes)?, Some((reply, bytes.len())));
/// # Ok::<(), domainsockets::wire::WireError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the protocol is fixed")]
pub struct ServerMsg<'a> {
    /// The ID of the call that this message answers.
    pub id: u64,
    /// The type of the message: a result, or an error.
    pub kind: ServerMsgType,
    /// The data of the result, or the text of the error.
    pub data: &'a [u8],
}

/// The type of a [`ServerMsg`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the protocol is fixed")]
pub enum ServerMsgType {
    /// An error: the call failed, and the data are a text for people.
    Error,
    /// A result: the call succeeded.
    Data,
}

impl<'a> ServerMsg<'a> {
    /// Decodes the message at the start of `src`. Returns it and its encoded length in bytes, or `None` if
    /// `src` ends before the message does.
    ///
    /// # Errors
    ///
    /// [`WireError`] if the bytes are not a message.
    pub fn decode(src: &'a [u8]) -> Result<Option<(Self, usize)>, WireError> {
        match split_message(src)? {
            Some((body, len)) => Ok(Some((Self::decode_body(body)?, len))),
            None => Ok(None),
        }
    }

    /// Decodes a message from its body: all the bytes that its `total` field counts.
    ///
    /// # Errors
    ///
    /// [`WireError`] if the bytes are not the body of a message, or if more bytes follow it.
    #[inline]
    pub fn decode_body(body: &'a [u8]) -> Result<Self, WireError> {
        let mut fields = BodyReader::new(body);
        let id = fields.varint()?;
        let kind = match fields.varint()? {
            SERVER_ERROR => ServerMsgType::Error,
            SERVER_DATA => ServerMsgType::Data,
            other => return Err(WireError::UnknownType(other)),
        };
        let len = fields.varint()?;
        let data = fields.bytes(len)?;
        fields.finish()?;
        Ok(Self { id, kind, data })
    }

    /// Appends the message to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.head().encode(out);
        out.extend_from_slice(self.data);
    }

    /// Returns the length of the encoded message in bytes, `total` included.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        self.head().encoded_len()
    }

    const fn head(&self) -> ServerHead {
        ServerHead {
            id: self.id,
            kind: self.kind,
            data_len: self.data.len(),
        }
    }
}

/// The part of a [`ServerMsg`] in front of its data. The data are written separately, without a copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServerHead {
    pub(crate) id: u64,
    pub(crate) kind: ServerMsgType,
    pub(crate) data_len: usize,
}

impl ServerHead {
    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        varint::encode(self.total() as u64, out);
        varint::encode(self.id, out);
        varint::encode(self.kind.code(), out);
        varint::encode(self.data_len as u64, out);
    }

    /// Returns the length of the encoded message in bytes, `total` and data included.
    pub(crate) const fn encoded_len(self) -> usize {
        let total = self.total();
        varint::len(total as u64) + total
    }

    const fn total(self) -> usize {
        varint::len(self.id)
            + varint::len(self.kind.code())
            + varint::len(self.data_len as u64)
            + self.data_len
    }
}

impl ServerMsgType {
    /// Returns the code of the type on the wire.
    #[must_use]
    pub const fn code(self) -> u64 {
        match self {
            Self::Error => SERVER_ERROR,
            Self::Data => SERVER_DATA,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{ServerMsg, ServerMsgType, WireError};

    #[test]
    fn lengths_are_checked_against_total() {
        assert_eq!(
            ServerMsg::decode(b"\x04\x00\x01\x05a"),
            Err(WireError::FieldBeyondEnd)
        );
        assert_eq!(
            ServerMsg::decode(b"\x05\x00\x01\x01ab"),
            Err(WireError::TrailingBytes { count: 1 })
        );
        assert_eq!(
            ServerMsg::decode(b"\x03\x00\x7f\x00"),
            Err(WireError::UnknownType(0x7f))
        );
    }

    proptest! {
        #[test]
        fn decode_inverts_encode(id in any::<u64>(), ok in any::<bool>(), data in any::<Vec<u8>>()) {
            let kind = if ok { ServerMsgType::Data } else { ServerMsgType::Error };
            let msg = ServerMsg { id, kind, data: &data };
            let mut bytes = Vec::new();
            msg.encode(&mut bytes);
            prop_assert_eq!(bytes.len(), msg.encoded_len());
            prop_assert_eq!(ServerMsg::decode(&bytes), Ok(Some((msg, bytes.len()))));
            for end in 0..bytes.len() {
                prop_assert_eq!(ServerMsg::decode(&bytes[..end]), Ok(None));
            }
        }
    }
}
