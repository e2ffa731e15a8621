//! A second implementation of the wire format, written from the description of the protocol alone, so
//! that the library is never tested against itself. Slow and small on purpose. It knows no limits and no
//! datagrams.

/// The type of a client's keep-alive, and of a server's error.
pub const TYPE_ZERO: u64 = 0;
/// The type of a request, and of a reply that is not an error.
pub const TYPE_DATA: u64 = 1;
/// The keep-alive of every client.
pub const KEEPALIVE: [u8; 5] = [4, 0, 0, 0, 0];

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientMsg {
    /// Chosen by the client, echoed in the reply.
    pub id: u64,
    /// 0 for a keep-alive or an extension, 1 for a request.
    pub kind: u64,
    /// The handler's name, not always valid UTF-8.
    pub handler: Vec<u8>,
    /// The payload.
    pub data: Vec<u8>,
}

impl ClientMsg {
    /// Returns a request.
    pub fn request(id: u64, handler: &str, data: &[u8]) -> Self {
        Self {
            id,
            kind: TYPE_DATA,
            handler: handler.as_bytes().to_vec(),
            data: data.to_vec(),
        }
    }

    /// Returns the hello of a client with these limits.
    pub fn hello(id: u64, max_datagram_size: u64, max_message_size: u64) -> Self {
        Self {
            id,
            kind: TYPE_ZERO,
            handler: b"$hello".to_vec(),
            data: hello_fields(max_datagram_size, max_message_size),
        }
    }

    /// Returns all bytes before the data, including `total`.
    pub fn header(&self) -> Vec<u8> {
        let mut body = Vec::new();
        put_varint(&mut body, self.id);
        put_varint(&mut body, self.kind);
        put_varint(&mut body, self.handler.len() as u64);
        body.extend_from_slice(&self.handler);
        put_varint(&mut body, self.data.len() as u64);
        prefixed(&body, self.data.len())
    }

    /// Returns the encoded message.
    pub fn encode(&self) -> Vec<u8> {
        [self.header(), self.data.clone()].concat()
    }

    /// Takes a message off the front of `stream`. Returns it and its length, or `None` while it is
    /// incomplete.
    ///
    /// As in Go's server, `total` is read and not checked.
    pub fn take(stream: &[u8]) -> Result<Option<(Self, usize)>, String> {
        let mut cursor = Cursor { stream, at: 0 };
        let Some(_total) = cursor.varint()? else {
            return Ok(None);
        };
        let Some(id) = cursor.varint()? else {
            return Ok(None);
        };
        let Some(kind) = cursor.varint()? else {
            return Ok(None);
        };
        let Some(handler) = cursor.counted()? else {
            return Ok(None);
        };
        let Some(data) = cursor.counted()? else {
            return Ok(None);
        };
        let message = Self {
            id,
            kind,
            handler,
            data,
        };
        Ok(Some((message, cursor.at)))
    }
}

/// What a server sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerMsg {
    /// The id of the request.
    pub id: u64,
    /// 0 for an error, 1 for data.
    pub kind: u64,
    /// The payload, or the text of the error.
    pub data: Vec<u8>,
}

impl ServerMsg {
    /// Returns a reply that is not an error.
    pub fn reply(id: u64, data: &[u8]) -> Self {
        Self {
            id,
            kind: TYPE_DATA,
            data: data.to_vec(),
        }
    }

    /// Returns an error in Go's form.
    pub fn error(id: u64, handler: &str, reason: &str) -> Self {
        Self {
            id,
            kind: TYPE_ZERO,
            data: error_text(handler, reason).into_bytes(),
        }
    }

    /// Returns the answer to a hello, of a server with these limits.
    pub fn hello(id: u64, max_datagram_size: u64, max_message_size: u64) -> Self {
        let notice = [vec![0], hello_fields(max_datagram_size, max_message_size)].concat();
        Self::reply(id, &notice)
    }

    /// Returns the data as text, for errors.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }

    /// Returns all bytes before the data, including `total`.
    pub fn header(&self) -> Vec<u8> {
        let mut body = Vec::new();
        put_varint(&mut body, self.id);
        put_varint(&mut body, self.kind);
        put_varint(&mut body, self.data.len() as u64);
        prefixed(&body, self.data.len())
    }

    /// Returns the encoded message.
    pub fn encode(&self) -> Vec<u8> {
        [self.header(), self.data.clone()].concat()
    }

    /// Takes a message off the front of `stream`. Returns it and its length, or `None` while it is
    /// incomplete.
    pub fn take(stream: &[u8]) -> Result<Option<(Self, usize)>, String> {
        let mut cursor = Cursor { stream, at: 0 };
        let Some(total) = cursor.varint()? else {
            return Ok(None);
        };
        let start = cursor.at;
        let Some(id) = cursor.varint()? else {
            return Ok(None);
        };
        let Some(kind) = cursor.varint()? else {
            return Ok(None);
        };
        let Some(data) = cursor.counted()? else {
            return Ok(None);
        };
        if (cursor.at - start) as u64 != total {
            return Err(format!(
                "total says {total}, the fields take {}",
                cursor.at - start
            ));
        }
        Ok(Some((Self { id, kind, data }, cursor.at)))
    }
}

/// Returns Go's text for the error of a handler.
pub fn error_text(handler: &str, reason: &str) -> String {
    format!("handler({handler}) error: {reason}")
}

/// Appends `value` as an unsigned LEB128 varint.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(0x80 | value.to_le_bytes()[0]);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Returns the varint at the front of `stream` and its length, or `None` while it is incomplete.
pub fn take_varint(stream: &[u8]) -> Result<Option<(u64, usize)>, String> {
    let mut value: u128 = 0;
    for (index, byte) in stream.iter().take(10).enumerate() {
        value |= u128::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let value = u64::try_from(value).map_err(|_| "varint over 64 bits".to_owned())?;
            return Ok(Some((value, index + 1)));
        }
    }
    if stream.len() >= 10 {
        return Err("varint over ten bytes".to_owned());
    }
    Ok(None)
}

/// Returns the fields of a hello: key, length and value, all varints.
pub fn hello_fields(max_datagram_size: u64, max_message_size: u64) -> Vec<u8> {
    let mut fields = Vec::new();
    for (key, value) in [(1, 1), (2, max_datagram_size), (3, max_message_size)] {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, value);
        put_varint(&mut fields, key);
        put_varint(&mut fields, bytes.len() as u64);
        fields.extend_from_slice(&bytes);
    }
    fields
}

/// Returns `len` bytes that repeat after 251, a prime, so that a misplaced piece shows.
pub fn pattern(len: usize) -> Vec<u8> {
    let period: Vec<u8> = (0..251).collect();
    let mut bytes = period.repeat(len.div_ceil(period.len()));
    bytes.truncate(len);
    bytes
}

/// Returns whether `datagram` has the form of a setup message: 36 bytes of lower-case hex and dashes.
pub fn is_setup(datagram: &[u8]) -> bool {
    datagram.len() == 36
        && datagram
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

fn prefixed(body: &[u8], data: usize) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, (body.len() + data) as u64);
    out.extend_from_slice(body);
    out
}

struct Cursor<'a> {
    stream: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn varint(&mut self) -> Result<Option<u64>, String> {
        let Some((value, len)) = take_varint(&self.stream[self.at..])? else {
            return Ok(None);
        };
        self.at += len;
        Ok(Some(value))
    }

    fn counted(&mut self) -> Result<Option<Vec<u8>>, String> {
        let Some(len) = self.varint()? else {
            return Ok(None);
        };
        let rest = &self.stream[self.at..];
        if len > rest.len() as u64 {
            return Ok(None);
        }
        let len = usize::try_from(len).unwrap();
        self.at += len;
        Ok(Some(rest[..len].to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use crate::fixtures::{self, Message};

    use super::{ClientMsg, KEEPALIVE, ServerMsg, put_varint, take_varint};

    #[test]
    fn the_encoder_writes_what_go_wrote() {
        for vector in fixtures::vectors() {
            // Go's client writes header and data separately, its server writes the whole reply at once.
            let writes = match &vector.message {
                Message::Client(message) if message.data.is_empty() => vec![message.header()],
                Message::Client(message) => vec![message.header(), message.data.clone()],
                Message::Server(message) => vec![message.encode()],
            };
            assert_eq!(writes, vector.writes);
        }
    }

    #[test]
    fn the_decoder_reads_what_go_wrote() {
        for vector in fixtures::vectors() {
            let bytes = vector.bytes();
            match &vector.message {
                Message::Client(message) => {
                    let taken = ClientMsg::take(&bytes).unwrap();
                    assert_eq!(taken, Some((message.clone(), bytes.len())));
                    assert_eq!(ClientMsg::take(&bytes[..bytes.len() - 1]).unwrap(), None);
                }
                Message::Server(message) => {
                    let taken = ServerMsg::take(&bytes).unwrap();
                    assert_eq!(taken, Some((message.clone(), bytes.len())));
                    assert_eq!(ServerMsg::take(&bytes[..bytes.len() - 1]).unwrap(), None);
                }
            }
        }
    }

    #[test]
    fn the_keepalive_is_the_empty_message_of_type_zero() {
        let (message, len) = ClientMsg::take(&KEEPALIVE).unwrap().unwrap();
        assert_eq!(len, 5);
        assert_eq!((message.id, message.kind), (0, 0));
        assert_eq!(message.encode(), KEEPALIVE);
    }

    #[test]
    fn varints_keep_their_value() {
        for value in [0, 1, 127, 128, 16_383, 16_384, (1 << 56) - 1, u64::MAX] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            assert_eq!(take_varint(&bytes).unwrap(), Some((value, bytes.len())));
            assert_eq!(take_varint(&bytes[..bytes.len() - 1]).unwrap(), None);
        }
        assert!(take_varint(&[0xff; 11]).is_err());
        assert!(take_varint(&[0xff; 10]).is_err());
    }
}
