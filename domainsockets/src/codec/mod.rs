//! Payload ⇄ values.
//!
//! The rest of the library knows this module only; `bincode.rs` alone names the codec's crate.

mod bincode;
mod borrowing;
mod bytes;
mod lent;
mod scratch;

pub(crate) use bincode::{decode, encode};
pub use bytes::{AsBytes, ByteValue};

/// Why a value and its bytes do not fit together, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CodecError(String);
