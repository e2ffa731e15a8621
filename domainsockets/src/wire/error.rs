//! Violations of the protocol.

/// A violation of the protocol in received bytes.
///
/// After a violation the boundaries of further messages are unknown, so the receiver closes the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// A varint has more than ten bytes, or its value exceeds 2^64 - 1.
    #[error("varint exceeds 64 bits")]
    VarintOverflow,
    /// A varint ends in a zero byte, so that a shorter one encodes the same value.
    #[error("varint is padded")]
    VarintPadded,
    /// A message claims to be longer than the receiver allows.
    #[error("message of {total} bytes exceeds the limit of {limit}")]
    TooLong {
        /// The claimed number of bytes after the `total` field.
        total: u64,
        /// The limit of the receiver.
        limit: usize,
    },
    /// A field claims to reach beyond the end of its message.
    #[error("a field reaches beyond the end of its message")]
    FieldBeyondEnd,
    /// A message has bytes after its last field.
    #[error("{count} bytes follow the last field of a message")]
    TrailingBytes {
        /// The number of these bytes.
        count: usize,
    },
    /// A message has a type that the protocol does not define.
    #[error("unknown message type {0}")]
    UnknownType(u64),
    /// A handler name is longer than [`NAME_LIMIT`](super::NAME_LIMIT).
    #[error("handler name of {0} bytes exceeds the limit of {limit} bytes", limit = super::NAME_LIMIT)]
    NameTooLong(u64),
    /// A handler name is not UTF-8.
    #[error("handler name is not UTF-8")]
    NameNotUtf8,
    /// A setup message is not 36 bytes of `[0-9a-f-]`.
    #[error("setup message is not 36 bytes of [0-9a-f-]")]
    BadSetup,
    /// The data of a request are repetitions of the bytes in front of them, which a Go client sends without an end if
    /// the data do not fit its send buffer.
    #[error("the data of a request are repetitions of its head")]
    RepeatedHead,
    /// A datagram is larger than the receive buffer, so the kernel discarded the rest.
    #[error("datagram of {size} bytes exceeds the receive buffer")]
    DatagramTruncated {
        /// The size of the datagram in bytes.
        size: usize,
    },
    /// The data of an extension message are malformed.
    #[error("malformed extension message")]
    BadExtension,
    /// The data of an extension message are too long.
    #[error("`{extension}` with {size} bytes of data exceeds the limit of {limit} bytes")]
    ExtensionTooLong {
        /// The handler of the extension message.
        extension: &'static str,
        /// The size of its data in bytes.
        size: usize,
        /// The limit, 16 KiB.
        limit: usize,
    },
    /// An extension message has too many fields.
    #[error("`{extension}` with {count} fields exceeds the limit of {limit} fields")]
    TooManyFields {
        /// The handler of the extension message.
        extension: &'static str,
        /// The number of its fields.
        count: usize,
        /// The limit, 64.
        limit: usize,
    },
    /// A `$cancel` message cancels too many calls.
    #[error("`$cancel` with {count} IDs exceeds the limit of {limit} IDs")]
    TooManyIds {
        /// The number of its IDs.
        count: usize,
        /// The limit, 1024.
        limit: usize,
    },
}
