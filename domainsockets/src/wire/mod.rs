//! Bytes ⇄ messages, as the Go package `domainsockets` v1.0.2 writes and reads them.
//!
//! Everything here is sans-IO: no sockets, no clock, no runtime. Each direction of a connection is
//! one byte stream of messages, cut into datagrams anywhere; [`Reassembler`] takes it apart again
//! and [`Cutter`] says where the next datagram ends.

mod block_cache;
mod client_msg;
mod cutter;
mod error;
mod error_text;
pub(crate) mod extension;
mod meta;
mod metadata;
mod partial_message;
mod payload;
mod reader;
mod reassembler;
mod server_msg;
mod setup;
pub mod varint;

pub(crate) use block_cache::{KEPT_FROM, trim_blocks};
pub(crate) use client_msg::ClientHead;
pub use client_msg::{ClientMsg, ClientMsgType};
pub use cutter::Cutter;
pub use error::WireError;
pub(crate) use error_text::Cause;
pub use extension::{Hello, Notice};
pub use meta::Meta;
pub(crate) use metadata::{METADATA_BYTES, METADATA_ENTRIES, Metadata};
pub(crate) use partial_message::{PAGE, kept_copy};
pub use payload::Payload;
pub use reassembler::{Frame, Reassembler};
pub(crate) use server_msg::ServerHead;
pub use server_msg::{ServerMsg, ServerMsgType};
pub(crate) use setup::SETUP_OVERLOADED;
pub use setup::{SetupMsg, setup_decode, setup_encode};

/// Length in bytes of a setup message: a UUID in its hyphenated text form (Go: `LenTotal`).
pub const LEN_TOTAL: usize = 36;

/// The Go package's `KeepAlive` constant, 9. Rust clients take it for their keepalive period in
/// seconds: a Go server drops what has been silent for thirty.
pub const KEEP_ALIVE: u64 = 0o11;

/// One mebibyte in bytes (Go: `MiB`).
pub const MIB: usize = 1 << 20;

/// [`ClientMsgType::KeepAlive`] as it stands on the wire (Go: `ClientKeepAlive`).
pub const CLIENT_KEEP_ALIVE: u64 = 0;

/// [`ClientMsgType::Data`] as it stands on the wire (Go: `ClientData`).
pub const CLIENT_DATA: u64 = 1;

/// [`ServerMsgType::Error`] as it stands on the wire (Go: `ServerError`).
pub const SERVER_ERROR: u64 = 0;

/// [`ServerMsgType::Data`] as it stands on the wire (Go: `ServerData`).
pub const SERVER_DATA: u64 = 1;

/// The first id that the Go package cannot write: its encoder panics on 2^56 and above.
pub const ID_END: u64 = 1 << 56;

/// Largest handler name in bytes. Go sets no limit; this one keeps a name from being a payload.
pub const NAME_LIMIT: usize = 1024;

/// What is wrong with a name over it.
pub(crate) const NAME_TOO_LONG: &str = "a handler name has at most 1024 bytes";

/// Size of the window through which a Go peer reads: the rest of a longer datagram is lost to it.
pub const GO_DATAGRAM: usize = 4096;

/// Largest `total` of a message whose Data is at most `max_message_size` bytes.
///
/// To the Data come the name and five varints of at most ten bytes.
#[must_use]
pub const fn max_total(max_message_size: usize) -> usize {
    max_message_size.saturating_add(NAME_LIMIT + 50)
}
