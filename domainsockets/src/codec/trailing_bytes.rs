//! A last argument that is bytes, which need not be copied behind the other arguments.

use std::marker::PhantomData;

use serde::ser::{Serialize, Serializer};

use super::Codec;

/// The last argument of a call, which is bytes. A codec that writes bytes as their length and the bytes writes only the
/// length: the bytes follow without a copy.
#[derive(Clone, Copy, Debug)]
pub struct TrailingBytes<'a, X> {
    bytes: &'a [u8],
    codec: PhantomData<fn() -> X>,
}

impl<'a, X> TrailingBytes<'a, X> {
    /// Returns an argument of these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            codec: PhantomData,
        }
    }
}

impl<X: Codec> Serialize for TrailingBytes<'_, X> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if X::BYTES_FOLLOW_LENGTH {
            self.bytes.len().serialize(serializer)
        } else {
            serializer.serialize_bytes(self.bytes)
        }
    }
}
