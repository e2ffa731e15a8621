//! What a codec is, and what is done with any of them: the bounds that hold whatever it is, and what
//! it shares with the message instead of copying it.

use std::cell::Cell;
use std::fmt::Display;
use std::io;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::de::value::Error as ValueError;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde::{Deserialize, Serialize};

use super::arena::Arena;
use super::arguments::{Arguments, NamedArguments, Names, ReadArguments, WriteArguments};
use super::bounded::{Bounded, Bounds};
use super::read_shape::ExpectedShape;
use super::scratch::written;
use super::shared_bytes;
use super::write_check::{CheckedRoot, WriteCheck};
use crate::wire::Payload;

/// A way to write values, and to read them back.
///
/// Implement it for a type without values to have a codec of one's own; the [module](crate::codec) has an
/// example. It is enough that there is a serde data format: the types of a service need not know.
///
/// How deep values nest, how many elements are announced before they come, and that text with escapes
/// can be borrowed as `&str`, is looked after by the seed that [`decode_seed`](Self::decode_seed) is
/// given, so a codec need not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a codec",
    label = "this is not a `Codec`",
    note = "`codec = …` takes `domainsockets::codec::Bincode`, `Json` (feature `json`), `MessagePack` \
            (feature `messagepack`), or a type for which you implement `domainsockets::codec::Codec`"
)]
pub trait Codec {
    /// Whether arguments travel by their names: as a structure, of which self-describing formats
    /// keep the names. Otherwise, which is the default, they travel as a tuple.
    const NAMED: bool = false;

    /// Whether a reader tells the fields of a struct apart by their order alone, and the variants of an enum by a
    /// number. What is written is then compared with what is read, since a field that is left out would make the next
    /// one be read in its place. That is the default unless arguments travel by their names.
    ///
    /// A format that writes names although its arguments are a tuple sets this to `false`.
    const POSITIONAL: bool = !Self::NAMED;

    /// Whether `Some(value)` is written as the value alone, so that `Some(None)` and `None` look the same. The former is
    /// refused then. That is the default if arguments travel by their names.
    ///
    /// A format that keeps them apart sets this to `false`.
    const BARE_SOME: bool = Self::NAMED;

    /// Whether a type can ask for whatever comes.
    #[doc(hidden)]
    const ANSWERS_ANY: bool = true;

    /// Whether a struct without fields looks like `None`.
    #[doc(hidden)]
    const UNIT_STRUCT_IS_NONE: bool = Self::BARE_SOME;

    /// Whether there are numbers that are not finite.
    #[doc(hidden)]
    const HAS_INFINITY: bool = true;

    /// Writes a value.
    ///
    /// # Errors
    ///
    /// If the format cannot express it.
    fn encode<T: Serialize + ?Sized>(value: &T, out: impl io::Write) -> Result<(), CodecError>;

    /// Writes a value that is compared with what is read already.
    #[doc(hidden)]
    fn encode_compared<T: Serialize + ?Sized>(
        value: &T,
        out: impl io::Write,
    ) -> Result<(), CodecError> {
        Self::encode(value, out)
    }

    /// Reads what a seed makes, which is to take up all of `bytes`.
    ///
    /// # Errors
    ///
    /// If they are anything else.
    fn decode_seed<'de, S: DeserializeSeed<'de>>(
        seed: S,
        bytes: &'de [u8],
    ) -> Result<S::Value, CodecError>;

    /// Reads a value, which takes up all of `bytes`. Provided.
    ///
    /// # Errors
    ///
    /// If they are anything else.
    fn decode<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, CodecError> {
        let bounds = Bounds::of_any(bytes.len());
        Self::decode_seed(Bounded::new(PhantomData, &bounds), bytes)
    }
}

/// Why a value and its bytes do not fit together, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CodecError(pub(super) String);

impl CodecError {
    /// An error that says this.
    #[must_use]
    pub fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }

    /// It is the arguments of a call that do not fit.
    pub(crate) fn of_arguments(self) -> String {
        format!("arguments: {self}")
    }

    /// It is what a method returns that does not fit.
    pub(crate) fn of_result(self) -> String {
        format!("result: {self}")
    }
}

/// Writes a value.
pub(crate) fn encode_as<X: Codec, T: Serialize + ?Sized>(
    value: &T,
    expected: ExpectedShape<'_>,
) -> Result<Payload<'static>, CodecError> {
    let ExpectedShape { root, .. } = expected;
    let is_ambiguous = X::BARE_SOME || !X::HAS_INFINITY;
    if root.is_standard && (root.is_unambiguous || !is_ambiguous) {
        return written(|out| X::encode_compared(value, out));
    }
    compared::<X, T, _>(value, expected, |value| {
        written(|out| X::encode_compared(value, out))
    })
}

/// Writes the arguments of a call.
pub(crate) fn encode_arguments_as<X: Codec, A: WriteArguments>(
    names: Names,
    arguments: &A,
    expected: ExpectedShape<'_>,
) -> Result<Payload<'static>, CodecError> {
    if X::NAMED {
        encode_as::<X, _>(&NamedArguments { names, arguments }, expected)
    } else {
        encode_as::<X, _>(arguments, expected)
    }
}

/// Has a value written by `write` and compared meanwhile.
pub(super) fn compared<X: Codec, T: Serialize + ?Sized, R>(
    value: &T,
    expected: ExpectedShape<'_>,
    write: impl FnOnce(&CheckedRoot<'_, '_, X, T>) -> Result<R, CodecError>,
) -> Result<R, CodecError> {
    let check = WriteCheck::new(expected);
    let result = write(&CheckedRoot::new(&check, value));
    result.map_err(|error| CodecError(check.refusal(error)))
}

/// Reads a value that owns what it holds, or shares it with `bytes`.
pub(crate) fn decode_as<X: Codec, T: DeserializeOwned>(bytes: &Bytes) -> Result<T, CodecError> {
    shared_bytes::with(bytes, || X::decode(bytes))
}

/// Reads the arguments of a call. They may borrow, be it from `kept`.
pub(crate) fn decode_arguments_as<'de, X: Codec, A: ReadArguments<'de>>(
    bytes: &'de Bytes,
    kept: &'de Arena,
    names: Names,
) -> Result<A, CodecError> {
    let failed = Cell::new(None);
    let arguments = Arguments::<A>::new(names, X::NAMED, &failed);
    if bytes.is_empty() && (X::NAMED || names.is_empty()) {
        return arguments.none::<ValueError>().map_err(CodecError::new);
    }
    let bounds = Bounds::of_any(bytes.len());
    let keeper = kept.keeper();
    let seed = Bounded::keeping(arguments, &bounds, &keeper);
    let read = shared_bytes::with(bytes, || X::decode_seed(seed, bytes));
    read.map_err(|error| match failed.get() {
        Some(name) => CodecError(format!("`{name}`: {error}")),
        None => error,
    })
}

#[cfg(all(feature = "json", feature = "messagepack"))]
#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, any, proptest};
    use serde::{Deserialize, Serialize};

    use super::{
        Arena, Bytes, Codec, ExpectedShape, Names, decode_arguments_as, decode_as,
        encode_arguments_as,
    };
    use crate::codec::bytes::AsBytes;
    use crate::codec::{Bincode, Json, MessagePack};

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
        let data = encode_arguments_as::<X, _>(NAMES, &written, ExpectedShape::UNKNOWN).unwrap();
        let (data, kept) = (data.into_bytes(), Arena::new());
        let read: Borrowed<'_> = decode_arguments_as::<X, _>(&data, &kept, NAMES).unwrap();
        assert_eq!((read.0, read.1, &read.2), (text, Some(bytes), rest));
    }

    #[test]
    fn large_bytes_of_messagepack_are_shared_both_ways() {
        let large = Bytes::from(vec![7; 100_000]);
        let names: Names = &["key", "value"];
        let payload = encode_arguments_as::<MessagePack, _>(
            names,
            &("a", AsBytes(&large)),
            ExpectedShape::UNKNOWN,
        )
        .unwrap();
        assert_eq!(payload.body.bytes().as_ptr(), large.as_ptr());

        let (data, kept) = (payload.into_bytes(), Arena::new());
        let (key, value): (&str, AsBytes<Bytes>) =
            decode_arguments_as::<MessagePack, _>(&data, &kept, names).unwrap();
        assert_eq!((key, &value.0), ("a", &large));
        assert!(data.as_ptr_range().contains(&value.0.as_ptr()));
        let value: AsBytes<Bytes> =
            decode_as::<MessagePack, _>(&data.slice(data.len() - 100_005..)).unwrap();
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
                let json = decode_arguments_as::<Json, Borrowed<'_>>(&data, &kept, NAMES);
                let packed = decode_arguments_as::<MessagePack, Borrowed<'_>>(&data, &kept, NAMES);
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
