//! How values are read with any codec: within bounds, and shared with the message where that is possible.

use std::cell::Cell;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::de::value::Error as ValueError;

use super::arena::Arena;
use super::arguments::{Arguments, Names, ReadArguments};
use super::bounded::{Bounded, Bounds};
use super::shared_bytes;
use super::{Codec, CodecError};

/// Reads a value that owns its parts, or shares them with `bytes`.
pub(crate) fn decode<X: Codec, T: DeserializeOwned>(bytes: &Bytes) -> Result<T, CodecError> {
    shared_bytes::with(bytes, || X::decode(bytes))
}

/// Memory for text and bytes that arguments borrow and that their request contains only in escaped form. Its type
/// decides how the arguments are read.
pub trait ArgumentMemory {
    /// Reads the arguments of a call. They may borrow from `bytes` and from this memory.
    ///
    /// # Errors
    ///
    /// If the bytes are no such arguments.
    fn decode_arguments<'de, X: Codec, A: ReadArguments<'de>>(
        &'de self,
        bytes: &'de Bytes,
        names: Names,
    ) -> Result<A, CodecError>;
}

/// The memory of bincode, which has all text and bytes in the request as they are. It bounds what it reads itself.
#[cfg(feature = "bincode")]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NoArena;

#[cfg(feature = "bincode")]
impl ArgumentMemory for NoArena {
    #[inline]
    fn decode_arguments<'de, X: Codec, A: ReadArguments<'de>>(
        &'de self,
        bytes: &'de Bytes,
        _names: Names,
    ) -> Result<A, CodecError> {
        shared_bytes::with(bytes, || X::decode(bytes))
    }
}

impl ArgumentMemory for Arena {
    fn decode_arguments<'de, X: Codec, A: ReadArguments<'de>>(
        &'de self,
        bytes: &'de Bytes,
        names: Names,
    ) -> Result<A, CodecError> {
        let failed = Cell::new(None);
        let arguments = Arguments::<A>::new(names, X::NAMED, &failed);
        if bytes.is_empty() && (X::NAMED || names.is_empty()) {
            return arguments.none::<ValueError>().map_err(CodecError::new);
        }
        let bounds = Bounds::of_any(bytes.len());
        let keeper = self.keeper();
        let seed = Bounded::keeping(arguments, &bounds, &keeper);
        let read = shared_bytes::with(bytes, || X::decode_seed(seed, bytes));
        read.map_err(|error| match failed.get() {
            Some(name) => CodecError(format!("`{name}`: {error}")),
            None => error,
        })
    }
}

#[cfg(all(feature = "json", feature = "messagepack"))]
#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, any, proptest};
    use serde::{Deserialize, Serialize};

    use super::{Arena, ArgumentMemory, Bytes, Codec, Names, decode};
    use crate::codec::bytes::AsBytes;
    use crate::codec::{Bincode, ExpectedShape, Json, MessagePack, encode_arguments};

    const NAMES: Names = &["key", "value", "rest"];

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Rest<'a> {
        Nothing,
        Number(f64, i64),
        Lent {
            #[serde(borrow)]
            text: Cow<'a, str>,
            list: Vec<&'a str>,
            map: BTreeMap<String, Option<bool>>,
        },
    }

    /// What is borrowed from a message, whatever its codec.
    type Borrowed<'a> = (&'a str, Option<&'a [u8]>, Rest<'a>);

    fn round_trip<X: Codec>(text: &str, bytes: &[u8], rest: &Rest<'_>) {
        let written = (text, Some(AsBytes(bytes)), rest);
        let data = encode_arguments::<X, _>(NAMES, &written, ExpectedShape::UNKNOWN).unwrap();
        let (data, kept) = (data.into_bytes(), Arena::new());
        let read: Borrowed<'_> = kept.decode_arguments::<X, _>(&data, NAMES).unwrap();
        assert_eq!((read.0, read.1, &read.2), (text, Some(bytes), rest));
    }

    #[test]
    fn large_bytes_of_messagepack_are_shared_both_ways() {
        let large = Bytes::from(vec![7; 100_000]);
        let names: Names = &["key", "value"];
        let payload = encode_arguments::<MessagePack, _>(
            names,
            &("a", AsBytes(&large)),
            ExpectedShape::UNKNOWN,
        )
        .unwrap();
        assert_eq!(payload.body.bytes().as_ptr(), large.as_ptr());

        let (data, kept) = (payload.into_bytes(), Arena::new());
        let (key, value): (&str, AsBytes<Bytes>) = kept
            .decode_arguments::<MessagePack, _>(&data, names)
            .unwrap();
        assert_eq!((key, &value.0), ("a", &large));
        assert!(data.as_ptr_range().contains(&value.0.as_ptr()));
        let value: AsBytes<Bytes> =
            decode::<MessagePack, _>(&data.slice(data.len() - 100_005..)).unwrap();
        assert!(data.as_ptr_range().contains(&value.0.as_ptr()));
    }

    proptest! {
        // Maps of texts take long to make.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_written_is_read_and_borrowed(
            text in any::<String>(),
            bytes in any::<Vec<u8>>(),
            number in (-1e300..1e300_f64, any::<i64>()),
            list in vec(any::<String>(), 0..5),
            map in any::<BTreeMap<String, Option<bool>>>(),
        ) {
            let lent = Rest::Lent {
                text: Cow::Borrowed(&text),
                list: list.iter().map(String::as_str).collect(),
                map,
            };
            for rest in [Rest::Nothing, Rest::Number(number.0, number.1), lent] {
                round_trip::<Bincode>(&text, &bytes, &rest);
                round_trip::<Json>(&text, &bytes, &rest);
                round_trip::<MessagePack>(&text, &bytes, &rest);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(
            bytes in vec(any::<u8>(), 0..64),
            picks in vec(0..TOKENS.len(), 0..24),
        ) {
            let text: String = picks.iter().map(|pick| TOKENS[*pick]).collect();
            let kept = Arena::new();
            for data in [Bytes::from(bytes), text.into()] {
                let json = kept.decode_arguments::<Json, Borrowed<'_>>(&data, NAMES);
                let packed = kept.decode_arguments::<MessagePack, Borrowed<'_>>(&data, NAMES);
                for (key, value, rest) in [json, packed].into_iter().flatten() {
                    round_trip::<Json>(key, value.unwrap_or_default(), &rest);
                }
            }
        }
    }

    /// What JSON is made of, and some of it that is not.
    const TOKENS: [&str; 16] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"key\"",
        "\"value\"",
        "\"rest\"",
        "\"Nothing\"",
        "null",
        "\"\\n\"",
        "7",
        "-1e400",
        "\"\\ud800\"",
        " ",
    ];
}
