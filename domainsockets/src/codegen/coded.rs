//! What generated code calls where a service has chosen its codec.

use std::marker::PhantomData;

#[cfg(feature = "tokio")]
use serde::Serialize;

use super::Written;
use crate::codec::arena::Arena;
use crate::codec::arguments::{ReadArguments, WriteArguments};
use crate::codec::bytes::{AsBytes, ByteValue};
use crate::codec::{self, Codec};
use crate::wire::Payload;
#[cfg(feature = "tokio")]
use crate::{request::Request, server::Failure, wire::Cause};

/// Writes the arguments of a call, in their order and with their names.
pub fn arguments_as<X: Codec, A: WriteArguments>(
    names: &'static [&'static str],
    arguments: &A,
) -> Written<X> {
    Written {
        data: codec::encode_arguments_as::<X, A>(names, arguments),
        codec: PhantomData,
    }
}

/// Reads a request's arguments, all of its data. What cannot be borrowed from that is kept.
///
/// # Errors
///
/// [`Failure`] if they do not fit.
#[cfg(feature = "tokio")]
pub fn decode_as<'de, X: Codec, A: ReadArguments<'de>>(
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
#[cfg(feature = "tokio")]
pub fn encode_as<X: Codec, R: Serialize + ?Sized>(reply: &R) -> Result<Payload, Failure> {
    codec::encode_as::<X, R>(reply).map_err(|error| Failure(Cause::Codec(error.of_result())))
}

/// Writes a method's result that is bytes.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
#[cfg(feature = "tokio")]
pub fn encode_bytes_as<X: Codec, R: ByteValue>(reply: R) -> Result<Payload, Failure> {
    encode_as::<X, _>(&AsBytes(&reply.share()))
}
