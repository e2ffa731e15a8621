//! What a codec is.

use std::fmt::Display;
use std::io;
use std::marker::PhantomData;

use serde::de::DeserializeSeed;
use serde::{Deserialize, Serialize};

use super::bounded::{Bounded, Bounds};
use crate::wire::printable;

/// A way to write values as bytes, and to read them back.
///
/// Implement it for a type without values; the [module](crate::codec) has an example. A serde data format is enough.
///
/// The library bounds for every codec how deep values nest and how many elements a length field may claim, and it lets
/// text with escapes be borrowed as `&str`. The seed that [`decode_seed`](Self::decode_seed) receives does that. What is
/// written is compared with what its reader asks for: see [`docs::codecs`](crate::docs::codecs#attributes).
///
/// # Codecs that call others
///
/// A codec may call another one's `encode` and `decode_seed`, as that in the module's example does. Each of the two then
/// checks every value by its own rules, when it is written and when it is read. The inner one does not know those of the
/// outer one. The inner codec always checks: an outer codec that sets [`BARE_SOME`](Self::BARE_SOME) to `false` and calls
/// `Json` relies on `Json` to refuse `Some(None)`. The inner check does not know the types of a method: it only counts how
/// deep values nest, and looks for values that its format cannot write. If that is too much, call the functions of the
/// format instead of the library's codec.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a codec",
    label = "this is not a `Codec`",
    note = "`codec = …` takes `domainsockets::codec::Bincode`, `Json` (feature `json`), `MessagePack` \
            (feature `messagepack`), or a type for which you implement `domainsockets::codec::Codec`"
)]
pub trait Codec {
    /// Whether arguments travel as a struct with their names. By default they travel as a tuple.
    const NAMED: bool = false;

    /// Whether a reader tells the fields of a struct apart by their order alone, and the variants of an enum by a number.
    /// A value that leaves a field out would then be read as another one, so each value is compared with what its reader
    /// asks for.
    ///
    /// By default that is the case if arguments travel as a tuple. A format that writes names although its arguments are
    /// a tuple sets this to `false`.
    const POSITIONAL: bool = !Self::NAMED;

    /// Whether `Some(value)` is written as the value alone. `Some(None)` then looks like `None`, and is refused.
    ///
    /// By default that is the case if arguments travel by their names. A format that keeps the two apart sets this to
    /// `false`.
    const BARE_SOME: bool = Self::NAMED;

    /// Whether a reader can ask for whatever comes, as an untagged enum does.
    #[doc(hidden)]
    const ANSWERS_ANY: bool = true;

    /// Whether a struct without fields is written like `None`.
    #[doc(hidden)]
    const UNIT_STRUCT_IS_NONE: bool = Self::BARE_SOME;

    /// Whether numbers that are not finite can be written.
    #[doc(hidden)]
    const HAS_INFINITY: bool = true;

    /// Whether bytes are written as a `u64` length followed by the unchanged bytes.
    #[doc(hidden)]
    const BYTES_FOLLOW_LENGTH: bool = false;

    /// Writes a value.
    ///
    /// # Errors
    ///
    /// If the format cannot express the value.
    fn encode<T: Serialize + ?Sized>(value: &T, out: impl io::Write) -> Result<(), CodecError>;

    /// Writes a value that the library compares and bounds already.
    #[doc(hidden)]
    fn encode_compared<T: Serialize + ?Sized>(
        value: &T,
        out: impl io::Write,
    ) -> Result<(), CodecError> {
        Self::encode(value, out)
    }

    /// Reads the value of a seed. It has to take up all of `bytes`.
    ///
    /// # Errors
    ///
    /// If the bytes are anything else.
    fn decode_seed<'de, S: DeserializeSeed<'de>>(
        seed: S,
        bytes: &'de [u8],
    ) -> Result<S::Value, CodecError>;

    /// Reads a value. It has to take up all of `bytes`.
    ///
    /// # Errors
    ///
    /// If the bytes are anything else.
    fn decode<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, CodecError> {
        let bounds = Bounds::of_any(bytes.len());
        Self::decode_seed(Bounded::new(PhantomData, &bounds), bytes)
    }
}

/// The reason why a value cannot be written, or bytes cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CodecError(pub(super) String);

impl CodecError {
    /// Returns an error with this text.
    #[must_use]
    pub fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }

    /// Returns the text for the arguments of a call. It may quote a name or text that the peer has sent.
    pub(crate) fn of_arguments(self) -> String {
        printable(format!("arguments: {self}"))
    }

    /// Returns the text for the result of a method. It may quote a name or text that the peer has sent.
    pub(crate) fn of_result(self) -> String {
        printable(format!("result: {self}"))
    }
}

#[cfg(test)]
mod tests {
    use super::CodecError;

    #[test]
    fn texts_for_a_call_have_no_control_characters() {
        let error = CodecError::new("unknown variant `\u{1b}[2J\n`");
        let text = "unknown variant `\\u{1b}[2J\\n`";
        assert_eq!(error.clone().of_arguments(), format!("arguments: {text}"));
        assert_eq!(error.of_result(), format!("result: {text}"));
    }
}
