//! Bincode 2.0.1 with its configuration `standard()`: little endian, integers of variable width.

use std::io;
use std::marker::PhantomData;

use bincode::config::{Configuration, Limit, LittleEndian, Varint, standard};
use bincode::enc::write::Writer;
use bincode::error::{DecodeError, EncodeError};
use bincode::serde::{BorrowedSerdeDecoder, DecodeError as Unsupported, EncodeError as Unwritable};
use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};

use super::bounded::{Bounded, Bounds};
use super::encode::compared;
use super::read_shape::ExpectedShape;
use super::{Codec, CodecError};
use crate::limits::LARGEST_MAX_MESSAGE_SIZE;
use crate::wire::ENCODING_ALLOWANCE;

/// The memory in bytes that decoding may claim. An encoded byte becomes at most sixteen: a `u128` of one byte.
const CLAIM_LIMIT: usize = 16 * (LARGEST_MAX_MESSAGE_SIZE + ENCODING_ALLOWANCE);

const fn config() -> Configuration<LittleEndian, Varint, Limit<CLAIM_LIMIT>> {
    standard().with_limit::<CLAIM_LIMIT>()
}

/// A writer that bincode writes to.
struct Out<W>(W);

impl<W: io::Write> Writer for Out<W> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0
            .write_all(bytes)
            .map_err(|error| EncodeError::OtherString(error.to_string()))
    }
}

/// Bincode 2 in its standard configuration, the default codec.
///
/// Its data are small and quick to read. They have neither names nor types, so both sides have to be built from the same
/// trait. What some of serde's attributes write would be read as another value; such a value is refused before it is
/// sent, with words that name the type and the attribute: see [`docs::codecs`](crate::docs::codecs#attributes).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Bincode;

impl Codec for Bincode {
    const ANSWERS_ANY: bool = false;
    const BYTES_FOLLOW_LENGTH: bool = true;

    fn encode<T: Serialize + ?Sized>(value: &T, out: impl io::Write) -> Result<(), CodecError> {
        compared::<Self, T, _>(value, ExpectedShape::UNKNOWN, |value| {
            Self::encode_compared(value, out)
        })
    }

    fn encode_compared<T: Serialize + ?Sized>(
        value: &T,
        out: impl io::Write,
    ) -> Result<(), CodecError> {
        bincode::serde::encode_into_writer(value, Out(out), config())
            .map_err(|error| CodecError(encode_text(&error)))
    }

    fn decode_seed<'de, S: DeserializeSeed<'de>>(
        seed: S,
        bytes: &'de [u8],
    ) -> Result<S::Value, CodecError> {
        let bounds = Bounds::of(bytes.len());
        let mut decoder = BorrowedSerdeDecoder::from_slice(bytes, config(), ());
        let read = (|| {
            let value = seed.deserialize(Bounded::begun(decoder.as_deserializer(), &bounds))?;
            // All of the input was read if no byte is left.
            match u8::deserialize(decoder.as_deserializer()) {
                Err(DecodeError::UnexpectedEnd { .. }) => Ok(value),
                _ => Err(DecodeError::Other("bytes are left over")),
            }
        })();
        read.map_err(|error: DecodeError| CodecError(decode_text(&error)))
    }

    fn decode<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, CodecError> {
        // `decode_seed` bounds the value itself.
        Self::decode_seed(PhantomData, bytes)
    }
}

/// The error of a type whose shape depends on its value.
const ASKS: &str = "a type asks what comes (`untagged`, `tag`, `content`, `flatten`), which bincode does not say: \
                    choose `codec = Json` or `MessagePack`";

/// Returns an error's text. Bincode's own texts are its types in debug format.
fn decode_text(error: &DecodeError) -> String {
    match error {
        DecodeError::UnexpectedEnd { additional } => {
            format!("the input ends too early (missing bytes: {additional})")
        }
        DecodeError::Other(text) => (*text).to_owned(),
        DecodeError::OtherString(text) => text.clone(),
        DecodeError::Serde(
            Unsupported::AnyNotSupported
            | Unsupported::IdentifierNotSupported
            | Unsupported::IgnoredAnyNotSupported,
        ) => ASKS.to_owned(),
        DecodeError::LimitExceeded => "the value exceeds the limit".to_owned(),
        DecodeError::Utf8 { .. } => "a text is not UTF-8".to_owned(),
        DecodeError::InvalidCharEncoding(_) => "a character is not UTF-8".to_owned(),
        DecodeError::InvalidBooleanValue(byte) => format!("{byte} is neither false nor true"),
        DecodeError::UnexpectedVariant {
            type_name, found, ..
        } => {
            format!("{type_name} has no variant {found}")
        }
        other => format!("{other:?}"),
    }
}

fn encode_text(error: &EncodeError) -> String {
    match error {
        EncodeError::Other(text) => (*text).to_owned(),
        EncodeError::OtherString(text) => text.clone(),
        EncodeError::Serde(Unwritable::SequenceMustHaveLength) => ASKS.to_owned(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use serde::{Deserialize, Serialize};

    use super::{Bincode, Codec, CodecError};

    fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
        let mut bytes = Vec::new();
        Bincode::encode(value, &mut bytes)?;
        Ok(bytes)
    }

    /// Of bytes that live as long as the test.
    fn decode<T: Deserialize<'static>>(bytes: &[u8]) -> Result<T, CodecError> {
        Bincode::decode(bytes.to_vec().leak())
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Unit,
        Newtype(String),
        Tuple(u8, Option<char>),
        Struct {
            bytes: Vec<u8>,
            map: BTreeMap<String, i64>,
        },
    }

    #[test]
    fn encoding_is_as_documented() {
        fn check<T: Serialize>(value: &T, bytes: &[u8]) {
            assert_eq!(encode(value).unwrap(), bytes);
        }
        check(&(), b"");
        check(&("key", 7_u64, true), b"\x03key\x07\x01");
        check(
            &(250_u64, 251_u64, 65_536_u64),
            &[250, 251, 251, 0, 252, 0, 0, 1, 0],
        );
        check(&(-1_i32, 1_i32), &[1, 2]);
        check(&Some(&b"ab"[..]), b"\x01\x02ab");
        check(&Ok::<u8, u8>(9), &[0, 9]);
        check(&1.5_f64, &1.5_f64.to_le_bytes());
    }

    #[test]
    fn strings_borrow_from_the_input() {
        let bytes = encode(&("key", &b"value"[..])).unwrap();
        let (key, value): (&str, &[u8]) = Bincode::decode(&bytes).unwrap();
        assert_eq!((key, value), ("key", &b"value"[..]));
        assert!(bytes.as_ptr_range().contains(&key.as_ptr()));
    }

    #[test]
    fn leftovers_and_missing_bytes_are_refused() {
        assert_eq!(decode::<u8>(&[1]), Ok(1));
        assert!(decode::<u8>(&[1, 2]).is_err());
        assert!(decode::<()>(&[0]).is_err());
        assert_eq!(decode::<()>(&[]), Ok(()));
        assert!(decode::<(u8, u8)>(&[1]).is_err());
    }

    #[derive(Debug, Serialize, Deserialize)]
    #[serde(tag = "type")]
    enum Tagged {
        Some { field: u8 },
    }

    #[test]
    fn errors_are_words() {
        let text = |error: CodecError| error.to_string();
        assert_eq!(
            decode::<u16>(&[251, 1]).map_err(text).unwrap_err(),
            "the input ends too early (missing bytes: 1)"
        );
        assert_eq!(
            decode::<u8>(&[1, 2]).map_err(text).unwrap_err(),
            "bytes are left over"
        );
        assert_eq!(
            decode::<bool>(&[2]).map_err(text).unwrap_err(),
            "2 is neither false nor true"
        );
        assert_eq!(
            decode::<&str>(&[1, 255]).map_err(text).unwrap_err(),
            "a text is not UTF-8"
        );
        let tagged = decode::<Tagged>(&[1, 4]).map_err(text).unwrap_err();
        assert!(tagged.contains("codec = Json"), "{tagged}");
        let variant = decode::<Shape>(&[9]).map_err(text).unwrap_err();
        assert!(
            variant.contains('9') && variant.contains("variant"),
            "{variant}"
        );
    }

    #[test]
    fn claimed_lengths_size_nothing() {
        // Nine bytes that claim a string of 2^40, which aborts a process that believes them.
        let mut claim = vec![253];
        claim.extend((1_u64 << 40).to_le_bytes());
        assert!(decode::<String>(&claim).is_err());
        assert!(decode::<Vec<u8>>(&claim).is_err());
        assert!(
            decode::<Vec<()>>(&claim).is_err(),
            "units would be counted for ever"
        );
        assert!(decode::<BTreeMap<(), u8>>(&claim).is_err());
        assert!(decode::<Option<(String, Vec<String>)>>(&claim).is_err());
    }

    #[test]
    fn values_nest_only_so_deep() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        enum Tree {
            Leaf,
            Node(Box<Self>),
        }
        let nested = |depth| [vec![1; depth], vec![0]].concat();
        assert!(decode::<Tree>(&nested(100)).is_ok());
        let error = decode::<Tree>(&nested(1 << 20)).unwrap_err();
        assert_eq!(error.to_string(), "values nest too deep");
    }

    #[test]
    fn units_are_not_counted_for_ever() {
        let units = encode(&vec![(); 1000]).unwrap();
        assert_eq!(decode::<Vec<()>>(&units), Ok(vec![(); 1000]));
        // Each inner vector claims 50,000 units in three bytes.
        let bomb = encode(&vec![vec![(); 50_000]; 1000]).unwrap();
        assert!(decode::<Vec<Vec<()>>>(&bomb).is_err());
    }

    #[test]
    fn parts_of_tuples_and_structs_are_no_claimed_elements() {
        let many = vec![[1_u8, 2, 3]; 200_000];
        assert_eq!(decode(&encode(&many).unwrap()), Ok(many));
        let many = vec![(1_u8, true, Some(())); 200_000];
        assert_eq!(decode(&encode(&many).unwrap()), Ok(many));
        let many: BTreeMap<u32, (u8, [u8; 2])> = (0..100_000).map(|n| (n, (1, [2, 3]))).collect();
        assert_eq!(decode(&encode(&many).unwrap()), Ok(many));
        // Units in tuples are no more than the type says.
        let units = vec![((), [(); 8], 1_u8); 70_000];
        assert_eq!(decode(&encode(&units).unwrap()), Ok(units));
    }

    /// A type whose number of parts comes from the input has them counted.
    #[test]
    fn parts_that_the_input_claims_are_counted() {
        #[derive(Debug)]
        struct Claimed;
        impl<'de> Deserialize<'de> for Claimed {
            fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                struct Units;
                impl<'de> serde::de::Visitor<'de> for Units {
                    type Value = Claimed;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("units")
                    }
                    fn visit_seq<A: serde::de::SeqAccess<'de>>(
                        self,
                        mut units: A,
                    ) -> Result<Claimed, A::Error> {
                        while units.next_element::<()>()?.is_some() {}
                        Ok(Claimed)
                    }
                }
                input.deserialize_tuple(1 << 40, Units)
            }
        }
        let error = decode::<Claimed>(&[]).unwrap_err();
        assert_eq!(error.to_string(), "more elements than the input can hold");
    }

    #[test]
    fn what_bincode_forbids_is_an_error() {
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(untagged)]
        enum Untagged {
            Number(u8),
        }
        let bytes = encode(&Untagged::Number(1)).unwrap();
        let error = decode::<Untagged>(&bytes).unwrap_err();
        assert!(error.to_string().contains("codec = Json"), "{error}");
    }

    proptest! {
        #[test]
        fn decode_inverts_encode(
            text in any::<String>(),
            bytes in any::<Vec<u8>>(),
            number in any::<(u128, i16, f32, Option<char>)>(),
            map in any::<BTreeMap<String, i64>>(),
        ) {
            let shapes = [
                Shape::Unit,
                Shape::Newtype(text),
                Shape::Tuple(7, number.3),
                Shape::Struct { bytes, map },
            ];
            let value = (shapes, (number.0, number.1, number.2.to_bits()));
            let encoded = encode(&value).unwrap();
            prop_assert_eq!(decode(&encoded), Ok(value));
        }

        #[test]
        fn any_bytes_decode_or_are_refused(bytes in any::<Vec<u8>>()) {
            if let Ok(value) = decode::<(Shape, Vec<Option<u32>>)>(&bytes) {
                // Bincode reads integers that are longer than they need be.
                prop_assert!(encode(&value).unwrap().len() <= bytes.len());
            }
        }
    }
}
