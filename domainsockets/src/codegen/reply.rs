//! Reads arguments and writes results for a server adapter.

#[cfg(feature = "bincode")]
use serde::Deserialize;
use serde::Serialize;

use crate::call::Method;
use crate::codec::arena::Arena;
use crate::codec::arguments::ReadArguments;
use crate::codec::bytes::{AsBytes, ByteValue};
use crate::codec::{self, Codec};
use crate::request::Request;
use crate::server::Failure;
use crate::wire::{Cause, Payload};

/// Reads a request's arguments, which take up all of its data.
///
/// # Errors
///
/// [`Failure`] if the data do not fit the arguments.
#[cfg(feature = "bincode")]
pub(crate) fn decode<'de, A: Deserialize<'de>>(request: &'de Request) -> Result<A, Failure> {
    codec::decode(request.data()).map_err(|error| Failure(Cause::Codec(error.of_arguments())))
}

/// Writes a method's result.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
#[cfg(feature = "bincode")]
pub(crate) fn encode<R: Serialize + ?Sized>(
    method: &'static Method,
    reply: &R,
) -> Result<Payload<'static>, Failure> {
    codec::encode(reply, method.shapes().of_reply())
        .map_err(|error| Failure(Cause::Codec(error.of_result())))
}

/// Writes a method's result that is bytes.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
#[cfg(feature = "bincode")]
pub(crate) fn encode_bytes<R: ByteValue>(
    method: &'static Method,
    reply: R,
) -> Result<Payload<'static>, Failure> {
    encode(method, &AsBytes(&reply.share()))
}

/// Reads a request's arguments, which take up all of its data. Text that cannot be borrowed from them is kept in `kept`.
///
/// # Errors
///
/// [`Failure`] if the data do not fit the arguments.
pub(crate) fn decode_as<'de, X: Codec, A: ReadArguments<'de>>(
    request: &'de Request,
    kept: &'de Arena,
    names: &'static [&'static str],
) -> Result<A, Failure> {
    codec::decode_arguments_as::<X, A>(request.data(), kept, names)
        .map_err(|error| Failure(Cause::Codec(error.of_arguments())))
}

/// Writes a method's result.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
pub(crate) fn encode_as<X: Codec, R: Serialize + ?Sized>(
    method: &'static Method,
    reply: &R,
) -> Result<Payload<'static>, Failure> {
    codec::encode_as::<X, R>(reply, method.shapes().of_reply())
        .map_err(|error| Failure(Cause::Codec(error.of_result())))
}

/// Writes a method's result that is bytes.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
pub(crate) fn encode_bytes_as<X: Codec, R: ByteValue>(
    method: &'static Method,
    reply: R,
) -> Result<Payload<'static>, Failure> {
    encode_as::<X, _>(method, &AsBytes(&reply.share()))
}
