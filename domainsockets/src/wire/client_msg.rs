//! Messages from client to server.

use super::reader::{BodyReader, split_message};
use super::{CLIENT_DATA, CLIENT_KEEP_ALIVE, NAME_LIMIT, WireError, varint};

/// A message from client to server, which borrows from the buffer that it was decoded from.
///
/// On the wire it is `[total][id][type][handler length][handler][data length][data]`. Every integer is an
/// unsigned LEB128 varint, and `total` counts the bytes after itself.
///
/// # Examples
///
/// ```
/// use domainsockets::wire::{ClientMsg, ClientMsgType};
///
/// let call = ClientMsg { id: 0, kind: ClientMsgType::Data, handler: "Echo", data: b"Hello" };
/// let mut bytes = Vec::new();
/// call.encode(&mut bytes);
/// assert_eq!(bytes, b"\x0d\x00\x01\x04Echo\x05Hello");
/// assert_eq!(ClientMsg::decode(&bytes)?, Some((call, bytes.len())));
/// # Ok::<(), domainsockets::wire::WireError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the protocol is fixed")]
pub struct ClientMsg<'a> {
    /// The ID of the call, which the client chooses and the reply repeats. Go can only write IDs below 2^56.
    pub id: u64,
    /// The type of the message: a call, or a keep-alive.
    pub kind: ClientMsgType,
    /// The name of the handler to call. Empty in a keep-alive.
    pub handler: &'a str,
    /// The data of the call. Their format is up to the handler.
    pub data: &'a [u8],
}

/// The type of a [`ClientMsg`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the protocol is fixed")]
pub enum ClientMsgType {
    /// A keep-alive, which resets the server's idle timeout and is never answered.
    ///
    /// With a handler name that begins with `$` it is an extension message, which a Go server treats as a
    /// keep-alive.
    KeepAlive,
    /// A call.
    Data,
}

impl<'a> ClientMsg<'a> {
    /// The keep-alive message: `04 00 00 00 00`.
    pub const KEEP_ALIVE: ClientMsg<'static> = ClientMsg {
        id: 0,
        kind: ClientMsgType::KeepAlive,
        handler: "",
        data: &[],
    };

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
            CLIENT_KEEP_ALIVE => ClientMsgType::KeepAlive,
            CLIENT_DATA => ClientMsgType::Data,
            other => return Err(WireError::UnknownType(other)),
        };
        let len = fields.varint()?;
        if len > NAME_LIMIT as u64 {
            return Err(WireError::NameTooLong(len));
        }
        let handler = str::from_utf8(fields.bytes(len)?).map_err(|_| WireError::NameNotUtf8)?;
        let len = fields.varint()?;
        let data = fields.bytes(len)?;
        fields.finish()?;
        Ok(Self {
            id,
            kind,
            handler,
            data,
        })
    }

    /// Decodes the beginning of a call's body: its ID, its handler, and the length of its data.
    ///
    /// The body may be incomplete. So a server can refuse a request by its ID before all of it is received.
    pub(crate) fn peek_call(body: &'a [u8]) -> Option<(u64, &'a str, u64)> {
        let mut fields = BodyReader::new(body);
        let id = fields.varint().ok()?;
        if fields.varint().ok()? != CLIENT_DATA {
            return None;
        }
        let len = fields.varint().ok()?;
        let handler = str::from_utf8(fields.bytes(len).ok()?).ok()?;
        Some((id, handler, fields.varint().ok()?))
    }

    /// Appends the message to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.head().encode(out);
        out.extend_from_slice(self.data);
    }

    /// Returns the length of the encoded message in bytes, `total` included.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let total = self.head().total();
        varint::len(total as u64) + total
    }

    /// Returns whether the data begin with the bytes that are in front of them on the wire.
    ///
    /// The Go client sends these bytes again when it could not send the data.
    pub(crate) fn repeats_head(&self) -> bool {
        let mut head = Vec::new();
        self.head().encode(&mut head);
        self.data.starts_with(&head)
    }

    const fn head(&self) -> ClientHead<'a> {
        ClientHead {
            id: self.id,
            kind: self.kind,
            handler: self.handler,
            data_len: self.data.len(),
        }
    }
}

/// The part of a [`ClientMsg`] in front of its data. The data are written separately, without a copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientHead<'a> {
    pub(crate) id: u64,
    pub(crate) kind: ClientMsgType,
    pub(crate) handler: &'a str,
    pub(crate) data_len: usize,
}

impl ClientHead<'_> {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        varint::encode(self.total() as u64, out);
        varint::encode(self.id, out);
        varint::encode(self.kind.code(), out);
        varint::encode(self.handler.len() as u64, out);
        out.extend_from_slice(self.handler.as_bytes());
        varint::encode(self.data_len as u64, out);
    }

    const fn total(&self) -> usize {
        varint::len(self.id)
            + varint::len(self.kind.code())
            + varint::len(self.handler.len() as u64)
            + self.handler.len()
            + varint::len(self.data_len as u64)
            + self.data_len
    }
}

impl ClientMsgType {
    /// Returns the code of the type on the wire.
    #[must_use]
    pub const fn code(self) -> u64 {
        match self {
            Self::KeepAlive => CLIENT_KEEP_ALIVE,
            Self::Data => CLIENT_DATA,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};

    use super::{ClientMsg, ClientMsgType, WireError};

    #[test]
    fn keep_alive_has_five_bytes() {
        let mut out = Vec::new();
        ClientMsg::KEEP_ALIVE.encode(&mut out);
        assert_eq!(out, [4, 0, 0, 0, 0]);
    }

    #[test]
    fn repeated_head_is_found_in_the_data() {
        let head = b"\x15\x07\x01\x04Echo\x0d";
        for (data, is_repeated) in [
            (b"\x15\x07\x01\x04Echo\x0dmore", true),
            (b"\x15\x08\x01\x04Echo\x0dmore", false),
            (b"x\x15\x07\x01\x04Echo\x0dmor", false),
        ] {
            let bytes = [&head[..], data].concat();
            let (message, _) = ClientMsg::decode(&bytes).unwrap().unwrap();
            assert_eq!(message.repeats_head(), is_repeated, "{data:02x?}");
        }
    }

    #[test]
    fn lengths_are_checked_against_total() {
        // 13 bytes that claim 6 GiB of data. A Go server allocated these.
        let huge_data = b"\x0a\x00\x01\x00\x80\x80\x80\x80\x18\x00\x00";
        assert_eq!(ClientMsg::decode(huge_data), Err(WireError::FieldBeyondEnd));
        // A handler length of 2^62, at which a Go server panicked.
        let huge_name = b"\x0b\x00\x01\x80\x80\x80\x80\x80\x80\x80\x80\x40";
        assert_eq!(
            ClientMsg::decode(huge_name),
            Err(WireError::NameTooLong(1 << 62))
        );
        let trailing = b"\x06\x00\x01\x00\x00zz";
        assert_eq!(
            ClientMsg::decode(trailing),
            Err(WireError::TrailingBytes { count: 2 })
        );
        let missing = b"\x03\x00\x01\x00";
        assert_eq!(ClientMsg::decode(missing), Err(WireError::FieldBeyondEnd));
        let empty = b"\x00";
        assert_eq!(ClientMsg::decode(empty), Err(WireError::FieldBeyondEnd));
    }

    #[test]
    fn unknown_types_and_malformed_names_are_refused() {
        assert_eq!(
            ClientMsg::decode(b"\x04\x00\x02\x00\x00"),
            Err(WireError::UnknownType(2))
        );
        assert_eq!(
            ClientMsg::decode(b"\x06\x00\x01\x02\xff\xfe\x00"),
            Err(WireError::NameNotUtf8)
        );
    }

    proptest! {
        #[test]
        fn decode_inverts_encode(
            id in any::<u64>(),
            data_kind in any::<bool>(),
            handler in ".{0,200}",
            data in any::<Vec<u8>>(),
        ) {
            let kind = if data_kind { ClientMsgType::Data } else { ClientMsgType::KeepAlive };
            let msg = ClientMsg { id, kind, handler: &handler, data: &data };
            let mut bytes = Vec::new();
            msg.encode(&mut bytes);
            prop_assert_eq!(bytes.len(), msg.encoded_len());
            prop_assert_eq!(ClientMsg::decode(&bytes), Ok(Some((msg, bytes.len()))));
            for end in 0..bytes.len() {
                prop_assert_eq!(ClientMsg::decode(&bytes[..end]), Ok(None));
            }
        }

        #[test]
        fn decoded_messages_encode_to_the_same_bytes(
            bytes in any::<Vec<u8>>().prop_map(|mut bytes| {
                if let Ok(total) = u8::try_from(bytes.len()) {
                    bytes.insert(0, total & 0x7f);
                }
                bytes
            }),
        ) {
            if let Ok(Some((msg, len))) = ClientMsg::decode(&bytes) {
                let mut again = Vec::new();
                msg.encode(&mut again);
                prop_assert_eq!(again, &bytes[..len]);
            }
        }
    }
}
