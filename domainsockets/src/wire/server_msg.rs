//! The message from server to client.

use super::reader::{BodyReader, split_message};
use super::{SERVER_DATA, SERVER_ERROR, WireError, varint};

/// One message from server to client, borrowing from the buffer that it was read out of.
///
/// On the wire: `[total][id][type][data length][data]`, every integer an unsigned LEB128 varint,
/// `total` counting the bytes after itself.
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
    /// The id of the request that this answers.
    pub id: u64,
    /// Whether the call succeeded.
    pub kind: ServerMsgType,
    /// The result, or a text that says why there is none.
    pub data: &'a [u8],
}

/// The type of a [`ServerMsg`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the protocol is fixed")]
pub enum ServerMsgType {
    /// The call failed; the data are a text for people.
    Error,
    /// The call succeeded.
    Data,
}

impl<'a> ServerMsg<'a> {
    /// Reads the message at the start of `src`; returns it and its length in bytes, or `None` if
    /// `src` ends within it.
    ///
    /// # Errors
    ///
    /// [`WireError`] where the bytes are no message.
    pub fn decode(src: &'a [u8]) -> Result<Option<(Self, usize)>, WireError> {
        match split_message(src)? {
            Some((body, len)) => Ok(Some((Self::decode_body(body)?, len))),
            None => Ok(None),
        }
    }

    /// Reads a message from the bytes that follow its `total` field, all of them.
    ///
    /// # Errors
    ///
    /// [`WireError`] where the bytes are no message.
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

    /// Length in bytes of the whole encoded message.
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

/// A [`ServerMsg`] without its data, which are to follow.
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

    /// Length in bytes of the whole message, with its data.
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
    /// The type as it stands on the wire.
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
