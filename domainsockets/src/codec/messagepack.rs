//! MessagePack, by `rmp-serde`.

use std::io;

use rmp_serde::decode::Error as DecodeError;
use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};

use super::bounded::TOO_DEEP;
use super::encode::compared;
use super::read_shape::ExpectedShape;
use super::{Codec, CodecError};

/// MessagePack: smaller than JSON, with bytes as they are.
///
/// The data of a request are a map from the arguments' names to the arguments. A struct is a map of its fields. Arrays in
/// the order of the arguments or fields are read too, and no data at all are an empty map. An argument that is an `Option`
/// may be left out. Another missing argument, and an unknown one, is an error that names it. The data of a reply are the
/// method's result. A `Result` is a map with the key `Ok` or `Err`.
///
/// # Examples
///
/// ```
/// use domainsockets::codec::{Codec, MessagePack};
///
/// let mut bytes = Vec::new();
/// MessagePack::encode(&("a", Some(7)), &mut bytes)?;
/// assert_eq!(bytes, [0x92, 0xa1, b'a', 7]);
/// assert_eq!(MessagePack::decode::<(&str, u8)>(&bytes)?, ("a", 7));
/// # Ok::<(), domainsockets::codec::CodecError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MessagePack;

impl Codec for MessagePack {
    const NAMED: bool = true;
    const UNIT_STRUCT_IS_NONE: bool = false;

    fn encode<T: Serialize + ?Sized>(value: &T, out: impl io::Write) -> Result<(), CodecError> {
        compared::<Self, T, _>(value, ExpectedShape::UNKNOWN, |value| {
            Self::encode_compared(value, out)
        })
    }

    fn encode_compared<T: Serialize + ?Sized>(
        value: &T,
        out: impl io::Write,
    ) -> Result<(), CodecError> {
        let mut out = rmp_serde::Serializer::new(out).with_struct_map();
        value.serialize(&mut out).map_err(CodecError::new)
    }

    fn decode_seed<'de, S: DeserializeSeed<'de>>(
        seed: S,
        bytes: &'de [u8],
    ) -> Result<S::Value, CodecError> {
        let mut input = rmp_serde::Deserializer::from_read_ref(bytes);
        let value = seed
            .deserialize(&mut input)
            .map_err(|error| words(&error))?;
        // All of the input was read if no marker is left.
        match u8::deserialize(&mut input) {
            Err(DecodeError::InvalidMarkerRead(_)) => Ok(value),
            _ => Err(CodecError::new("bytes are left over")),
        }
    }
}

fn words(error: &DecodeError) -> CodecError {
    match error {
        DecodeError::InvalidMarkerRead(_) | DecodeError::InvalidDataRead(_) => {
            CodecError::new("the input ends too early")
        }
        DecodeError::DepthLimitExceeded => CodecError::new(TOO_DEEP),
        other => CodecError::new(other),
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::{Codec, CodecError, MessagePack};

    fn refused<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> String {
        match MessagePack::decode::<T>(bytes) {
            Ok(_) => panic!("{bytes:?} is no such value"),
            Err(CodecError(reason)) => reason,
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Tree {
        Leaf,
        Node(Box<Self>),
        Pair { left: u8, right: Option<String> },
    }

    #[test]
    fn what_is_written_reads_back() {
        let pair = Tree::Pair {
            left: 7,
            right: Some("x".to_owned()),
        };
        for value in [Tree::Leaf, Tree::Node(Box::new(Tree::Leaf)), pair] {
            let mut bytes = Vec::new();
            MessagePack::encode(&value, &mut bytes).unwrap();
            assert_eq!(MessagePack::decode(&bytes), Ok(value));
            refused::<Tree>(&[&bytes[..], &[0xc0]].concat());
            refused::<Tree>(&bytes[..bytes.len() - 1]);
        }
        let mut bytes = Vec::new();
        MessagePack::encode(&Ok::<_, ()>(1), &mut bytes).unwrap();
        assert_eq!(bytes, b"\x81\xa2Ok\x01");
    }

    #[test]
    fn all_of_the_input_is_read() {
        assert_eq!(MessagePack::decode::<u8>(&[1]), Ok(1));
        assert_eq!(refused::<u8>(&[1, 2]), "bytes are left over");
        assert_eq!(refused::<u8>(&[1, 0xda]), "bytes are left over");
        assert_eq!(refused::<u8>(&[]), "the input ends too early");
        assert_eq!(refused::<String>(&[0xa2, b'x']), "the input ends too early");
    }

    #[test]
    fn values_nest_only_so_deep() {
        #[derive(Debug, Serialize, Deserialize)]
        struct List(Vec<Self>);

        #[derive(Debug, Serialize, Deserialize)]
        struct Endless(Option<Box<Self>>);

        let nested = |depth| [vec![0x91; depth], vec![0x90]].concat();
        assert!(MessagePack::decode::<List>(&nested(50)).is_ok());
        assert_eq!(refused::<List>(&nested(1 << 20)), "values nest too deep");
        let nested = |depth| [b"\x81\xa4Node".repeat(depth), b"\xa4Leaf".to_vec()].concat();
        assert!(MessagePack::decode::<Tree>(&nested(50)).is_ok());
        assert_eq!(refused::<Tree>(&nested(1 << 20)), "values nest too deep");
        assert_eq!(refused::<Endless>(&[1]), "values nest too deep");
    }

    #[test]
    fn claimed_lengths_size_nothing() {
        /// Believes what it is told.
        #[derive(Debug)]
        struct Trusting;

        impl<'de> Deserialize<'de> for Trusting {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl<'de> serde::de::Visitor<'de> for Visitor {
                    type Value = Trusting;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a sequence")
                    }

                    fn visit_seq<A: serde::de::SeqAccess<'de>>(
                        self,
                        mut elements: A,
                    ) -> Result<Trusting, A::Error> {
                        assert!(elements.size_hint() <= Some(5));
                        while elements.next_element::<u8>()?.is_some() {}
                        Ok(Trusting)
                    }
                }
                deserializer.deserialize_seq(Visitor)
            }
        }
        let claim = [0xdd, 0xff, 0xff, 0xff, 0xff];
        refused::<Trusting>(&claim);
        refused::<Vec<()>>(&claim);
        refused::<String>(&[0xdb, 0xff, 0xff, 0xff, 0xff]);
    }
}
