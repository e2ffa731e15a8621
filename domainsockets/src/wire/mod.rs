//! The messages of the protocol, encoded and decoded: those of the Go package `domainsockets` v1.0.2.
//!
//! It is for tools that inspect or test the protocol, and for peers without this library's client or server.
//! [`ClientMsg`] is a message from client to server, [`ServerMsg`] one from server to client, [`SetupMsg`]
//! the message of the handshake. The names are those of the Go package.
//!
//! Nothing here does I/O, or uses a clock or a runtime. Each direction of a connection is one byte stream of
//! messages, which is cut into datagrams at any point. The reassembly of the stream, and the extensions
//! between Rust peers, are hidden items of this module: they may change with any release.
//!
//! # Examples
//!
//! A call that is encoded by a client, and answered by a server:
//!
//! ```
//! use domainsockets::wire::{ClientMsg, ClientMsgType, ServerMsg, ServerMsgType};
//!
//! let mut request = Vec::new();
//! ClientMsg { id: 7, kind: ClientMsgType::Data, handler: "Echo", data: b"Hello" }.encode(&mut request);
//!
//! let (call, _len) = ClientMsg::decode(&request)?.expect("the datagram has a whole message");
//! let mut reply = Vec::new();
//! ServerMsg { id: call.id, kind: ServerMsgType::Data, data: call.data }.encode(&mut reply);
//! assert_eq!(reply, b"\x08\x07\x01\x05Hello");
//! # Ok::<(), domainsockets::wire::WireError>(())
//! ```

mod block_cache;
mod client_msg;
mod cutter;
mod error;
mod error_text;
pub(crate) mod extension;
mod extension_fields;
mod meta;
mod metadata;
mod partial_message;
mod payload;
mod reader;
mod reassembler;
mod server_msg;
mod setup;
mod setup_refusal;
#[doc(hidden)]
pub mod varint;

pub(crate) use block_cache::{KEPT_FROM, trim_blocks};
pub(crate) use client_msg::ClientHead;
pub use client_msg::{ClientMsg, ClientMsgType};
#[doc(hidden)]
pub use cutter::Cutter;
pub use error::WireError;
pub(crate) use error_text::{Cause, printable};
#[doc(hidden)]
pub use extension::{Hello, Notice};
#[doc(hidden)]
pub use meta::Meta;
pub(crate) use metadata::{METADATA_BYTES, METADATA_ENTRIES, Metadata};
pub(crate) use partial_message::{PAGE, kept_copy};
#[doc(hidden)]
pub(crate) use payload::ENCODING_ALLOWANCE;
pub use payload::Payload;
#[doc(hidden)]
pub use reassembler::{Frame, Reassembler};
pub(crate) use server_msg::ServerHead;
pub use server_msg::{ServerMsg, ServerMsgType};
pub(crate) use setup::SETUP_OVERLOADED;
pub use setup::{SetupMsg, setup_decode, setup_encode};
pub(crate) use setup_refusal::SetupRefusal;

/// The length of a setup message in bytes: a UUID in its hyphenated text form (Go: `LenTotal`).
pub const LEN_TOTAL: usize = 36;

/// The Go package's `KeepAlive` constant, 9. Rust clients use it as their keep-alive interval in seconds: a
/// Go server drops a connection that is silent for 30 s.
pub const KEEP_ALIVE: u64 = 0o11;

/// One mebibyte in bytes (Go: `MiB`).
pub const MIB: usize = 1 << 20;

/// The code of [`ClientMsgType::KeepAlive`] on the wire (Go: `ClientKeepAlive`).
pub const CLIENT_KEEP_ALIVE: u64 = 0;

/// The code of [`ClientMsgType::Data`] on the wire (Go: `ClientData`).
pub const CLIENT_DATA: u64 = 1;

/// The code of [`ServerMsgType::Error`] on the wire (Go: `ServerError`).
pub const SERVER_ERROR: u64 = 0;

/// The code of [`ServerMsgType::Data`] on the wire (Go: `ServerData`).
pub const SERVER_DATA: u64 = 1;

/// The first ID that the Go package cannot write: its encoder panics on 2^56 and above.
#[doc(hidden)]
pub const ID_END: u64 = 1 << 56;

/// The longest handler name in bytes.
///
/// Go has no such limit. Without one, a name could be as large as a message, and would be copied for errors
/// and logs.
pub const NAME_LIMIT: usize = 1024;

/// The rule that a longer name breaks, for errors.
pub(crate) const NAME_TOO_LONG: &str = "a handler name has at most 1024 bytes";

/// The size of a Go peer's receive buffer in bytes. It loses the rest of a larger datagram.
pub const GO_DATAGRAM: usize = 4096;

/// Returns the largest `total` of a message with which a user passes at most `max_message_size` bytes.
///
/// A codec may add 64 KiB of lengths and names to them. A message also has a name and up to five varints of at most
/// ten bytes each.
#[doc(hidden)]
#[must_use]
pub const fn max_total(max_message_size: usize) -> usize {
    max_message_size.saturating_add(ENCODING_ALLOWANCE + NAME_LIMIT + 50)
}
