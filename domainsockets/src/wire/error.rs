//! What can be wrong with bytes that claim to be messages.

/// A violation of the protocol. After one the byte stream has no meaning any more: the connection
/// it came from is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// A varint of more than ten bytes, or of a value beyond 2^64 - 1.
    #[error("varint exceeds 64 bits")]
    VarintOverflow,
    /// A varint that ends in a zero byte: a shorter one says the same.
    #[error("varint is padded")]
    VarintPadded,
    /// A message says that it is longer than the reader allows.
    #[error("message of {total} bytes exceeds the limit of {limit}")]
    TooLong {
        /// Bytes after the `total` field, as claimed.
        total: u64,
        /// What the reader allows.
        limit: usize,
    },
    /// A field reaches beyond the end of its message.
    #[error("a field exceeds its message")]
    FieldBeyondEnd,
    /// Bytes follow the last field inside the message.
    #[error("{count} bytes follow the last field of a message")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A message type that the protocol does not have.
    #[error("unknown message type {0}")]
    UnknownType(u64),
    /// A handler name longer than [`NAME_LIMIT`](super::NAME_LIMIT).
    #[error("handler name of {0} bytes exceeds the limit")]
    NameTooLong(u64),
    /// A handler name that is not UTF-8.
    #[error("handler name is not UTF-8")]
    NameNotUtf8,
    /// A setup message that is not 36 bytes of `[0-9a-f-]`.
    #[error("setup message is not 36 bytes of [0-9a-f-]")]
    BadSetup,
    /// A datagram longer than the receive buffer: its end is lost.
    #[error("datagram of {size} bytes exceeds the receive buffer")]
    DatagramTruncated {
        /// Its true size.
        size: usize,
    },
    /// An extension message whose data cannot be read.
    #[error("malformed extension message")]
    BadExtension,
}
