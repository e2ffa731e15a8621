//! Values that are bytes, written and read at once.
//!
//! serde treats a `Vec<u8>` as a sequence and handles its elements one by one. The encoded bytes are the same.

use std::fmt;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::shared_bytes;

/// A value that is written and read as bytes.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "generated code makes it")]
pub struct AsBytes<T>(pub T);

/// A type that [`AsBytes`] can hold: bytes, an `Option` of bytes, or a `Result` of bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not bytes",
    note = "a service takes types called `Vec<u8>` and `Bytes` for those of `std` and of the crate \
            `bytes`"
)]
pub trait ByteValue: Sized {
    /// The same type with bytes that can be shared.
    type Shared: ByteValue;

    /// Makes the bytes shareable, without a copy.
    fn share(self) -> Self::Shared;

    /// Writes the value.
    ///
    /// # Errors
    ///
    /// The serializer's errors.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The deserializer's errors.
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl ByteValue for Bytes {
    type Shared = Self;

    fn share(self) -> Self {
        self
    }

    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        shared_bytes::with(self, || serializer.serialize_bytes(self))
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Shared)
    }
}

impl ByteValue for Vec<u8> {
    type Shared = Bytes;

    fn share(self) -> Bytes {
        self.into()
    }

    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Owned)
    }
}

impl<T: ByteValue> ByteValue for Option<T> {
    type Shared = Option<T::Shared>;

    fn share(self) -> Self::Shared {
        self.map(T::share)
    }

    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(AsBytes).serialize(serializer)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<AsBytes<T>>::deserialize(deserializer)?;
        Ok(value.map(|AsBytes(value)| value))
    }
}

impl<T: ByteValue, E: Serialize + for<'de> Deserialize<'de>> ByteValue for Result<T, E> {
    type Shared = Result<T::Shared, E>;

    fn share(self) -> Self::Shared {
        self.map(T::share)
    }

    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(AsBytes).serialize(serializer)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Result::<AsBytes<T>, E>::deserialize(deserializer)?;
        Ok(value.map(|AsBytes(value)| value))
    }
}

impl Serialize for AsBytes<&[u8]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<T: ByteValue> Serialize for AsBytes<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: ByteValue> Deserialize<'de> for AsBytes<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// A visitor that shares the bytes with the input, if the input is lent.
struct Shared;

/// A visitor that copies the bytes.
struct Owned;

impl<'de> Visitor<'de> for Shared {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Owned.expecting(f)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(shared_bytes::find(bytes).unwrap_or_else(|| Bytes::copy_from_slice(bytes)))
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(bytes.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Bytes, A::Error> {
        Owned.visit_seq(elements).map(Bytes::from)
    }
}

impl<'de> Visitor<'de> for Owned {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Vec<u8>, A::Error> {
        gather(elements)
    }
}

/// Collects a sequence of numbers. Its claimed length sizes nothing.
pub(super) fn gather<'de, A: SeqAccess<'de>>(mut elements: A) -> Result<Vec<u8>, A::Error> {
    let mut bytes = Vec::new();
    while let Some(byte) = elements.next_element()? {
        bytes.push(byte);
    }
    Ok(bytes)
}

#[cfg(test)]
#[cfg(feature = "bincode")]
mod tests {
    use bytes::Bytes;
    use serde::{Deserialize, Serialize};

    use super::{AsBytes, ByteValue};
    use crate::codec::{Bincode, CodecError, ExpectedShape};
    use crate::wire::Payload;

    fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Payload<'static>, CodecError> {
        crate::codec::encode::<Bincode, T>(value, ExpectedShape::UNKNOWN)
    }

    fn decode<T: for<'de> Deserialize<'de>>(bytes: &Bytes) -> Result<T, CodecError> {
        crate::codec::decode::<Bincode, T>(bytes)
    }

    /// What is written as bytes reads as a sequence, and the other way round.
    fn check<T>(value: &T)
    where
        T: Serialize + for<'de> Deserialize<'de> + ByteValue + PartialEq + std::fmt::Debug,
    {
        let bytes = encode(&AsBytes(value)).unwrap().into_bytes();
        assert_eq!(bytes, encode(value).unwrap().into_bytes());
        assert_eq!(&decode::<T>(&bytes).unwrap(), value);
        assert_eq!(&decode::<AsBytes<T>>(&bytes).unwrap().0, value);
    }

    #[test]
    fn encoding_is_that_of_a_sequence() {
        check(&Vec::<u8>::new());
        check(&b"bytes".to_vec());
        check(&Some(vec![0_u8; 300]));
        check(&None::<Vec<u8>>);
        check(&Ok::<_, String>(vec![1_u8]));
        check(&Err::<Vec<u8>, _>("no".to_owned()));
        check(&Ok::<_, u8>(Some(vec![1_u8, 2])));
        let slice = &b"slice"[..];
        let bytes = encode(slice).unwrap().into_bytes();
        assert_eq!(encode(&AsBytes(slice)).unwrap().into_bytes(), bytes);
        assert_eq!(
            encode(&AsBytes(&Bytes::from(slice))).unwrap().into_bytes(),
            bytes
        );
    }

    #[test]
    fn large_bytes_are_shared_both_ways() {
        let value = Ok::<_, String>(Some(vec![7_u8; 100_000]));
        let expected = encode(&value).unwrap().into_bytes();
        let payload = encode(&AsBytes(&value.share())).unwrap();
        assert_eq!(
            (payload.head.len(), payload.body.bytes().len()),
            (7, 100_000)
        );
        assert_eq!(payload.into_bytes(), expected);

        let read: AsBytes<Result<Option<Bytes>, String>> = decode(&expected).unwrap();
        assert_eq!(read.0.unwrap().unwrap().as_ptr(), expected[7..].as_ptr());
    }
}
