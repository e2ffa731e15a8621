//! What a codec is, and what is done with any of them: the bounds that hold whatever it is, and what
//! it shares with the message instead of copying it.

use std::fmt::Display;
use std::io;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::de::value::Error as ValueError;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde::{Deserialize, Serialize};

use super::arguments::{Arguments, Named, Names, ReadArguments, WriteArguments};
use super::borrowing::{Borrowing, Bounds};
use super::kept::Kept;
use super::lent;
use super::scratch::written;
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

    /// Writes a value.
    ///
    /// # Errors
    ///
    /// If the format cannot express it.
    fn encode<T: Serialize + ?Sized>(value: &T, out: impl io::Write) -> Result<(), CodecError>;

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
        Self::decode_seed(Borrowing::new(PhantomData, &bounds), bytes)
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
}

/// Writes a value.
pub(crate) fn encode_as<X: Codec, T: Serialize + ?Sized>(value: &T) -> Result<Payload, CodecError> {
    written(|out| X::encode(value, out))
}

/// Writes the arguments of a call.
pub(crate) fn encode_arguments_as<X: Codec, A: WriteArguments>(
    names: Names,
    arguments: &A,
) -> Result<Payload, CodecError> {
    if X::NAMED {
        encode_as::<X, _>(&Named { names, arguments })
    } else {
        encode_as::<X, _>(arguments)
    }
}

/// Reads a value that owns what it holds, or shares it with `bytes`.
pub(crate) fn decode_as<X: Codec, T: DeserializeOwned>(bytes: &Bytes) -> Result<T, CodecError> {
    lent::with(bytes, || X::decode(bytes))
}

/// Reads the arguments of a call. They may borrow, be it from `kept`.
pub(crate) fn decode_arguments_as<'de, X: Codec, A: ReadArguments<'de>>(
    bytes: &'de Bytes,
    kept: &'de Kept,
    names: Names,
) -> Result<A, CodecError> {
    let arguments = Arguments::<A>::new(names, X::NAMED);
    if bytes.is_empty() && (X::NAMED || names.is_empty()) {
        return arguments.none::<ValueError>().map_err(CodecError::new);
    }
    let bounds = Bounds::of_any(bytes.len());
    let keeper = kept.keeper();
    let seed = Borrowing::keeping(arguments, &bounds, &keeper);
    lent::with(bytes, || X::decode_seed(seed, bytes))
}
