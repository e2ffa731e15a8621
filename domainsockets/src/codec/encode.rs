//! How values are written with any codec: compared with what their reader asks for.

use serde::Serialize;

use super::arguments::{NamedArguments, Names, WriteArguments};
use super::read_shape::ExpectedShape;
use super::scratch::written;
use super::write_check::{CheckedRoot, WriteCheck};
use super::{Codec, CodecError};
use crate::wire::Payload;

/// Writes a value, compared with what its reader asks for.
pub(crate) fn encode<X: Codec, T: Serialize + ?Sized>(
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
pub(crate) fn encode_arguments<X: Codec, A: WriteArguments>(
    names: Names,
    arguments: &A,
    expected: ExpectedShape<'_>,
) -> Result<Payload<'static>, CodecError> {
    if X::NAMED {
        encode::<X, _>(&NamedArguments { names, arguments }, expected)
    } else {
        encode::<X, _>(arguments, expected)
    }
}

/// Lets `write` write a value that is compared at the same time.
pub(super) fn compared<X: Codec, T: Serialize + ?Sized, R>(
    value: &T,
    expected: ExpectedShape<'_>,
    write: impl FnOnce(&CheckedRoot<'_, '_, X, T>) -> Result<R, CodecError>,
) -> Result<R, CodecError> {
    let check = WriteCheck::new(expected);
    let result = write(&CheckedRoot::new(&check, value));
    result.map_err(|error| CodecError(check.refusal(error)))
}

#[cfg(all(test, feature = "json"))]
mod tests {
    use std::io;

    use serde::Serialize;
    use serde::de::DeserializeSeed;

    use super::encode;
    use crate::codec::read_shape::ExpectedShape;
    use crate::codec::{Codec, CodecError, Json};

    /// A codec over JSON that leaves JSON's restrictions at their defaults.
    struct Around;

    impl Codec for Around {
        fn encode<T: Serialize + ?Sized>(value: &T, out: impl io::Write) -> Result<(), CodecError> {
            Json::encode(value, out)
        }

        fn decode_seed<'de, S: DeserializeSeed<'de>>(
            seed: S,
            bytes: &'de [u8],
        ) -> Result<S::Value, CodecError> {
            Json::decode_seed(seed, bytes)
        }
    }

    #[test]
    fn an_inner_codec_refuses_what_the_outer_one_allows() {
        let written = |value| encode::<Around, _>(&Some(value), ExpectedShape::UNKNOWN);
        assert_eq!(written(Some(1.5)).unwrap().into_bytes(), "1.5");
        let refused = written(None).unwrap_err().to_string();
        assert!(refused.contains("`None` in `Some`"), "{refused}");
        let refused = written(Some(f64::NAN)).unwrap_err().to_string();
        assert!(refused.contains("not finite"), "{refused}");
    }
}
