//! What generated code calls where a service has chosen its codec.

use std::marker::PhantomData;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::codec::arguments::{ReadArguments, WriteArguments};
use crate::codec::bytes::{AsBytes, ByteValue};
use crate::codec::kept::Kept;
use crate::codec::{self, Codec, CodecError};
use crate::service::Arguments;
use crate::wire::Payload;
#[cfg(feature = "tokio")]
use crate::{
    server::{Failure, Request},
    wire::Cause,
};

/// Arguments for a codec, in their order and with their names.
struct Coded<'a, X, A> {
    names: &'static [&'static str],
    arguments: &'a A,
    codec: PhantomData<fn() -> X>,
}

impl<X: Codec, A: WriteArguments> Arguments for Coded<'_, X, A> {
    fn encode(self) -> Result<Payload, CodecError> {
        codec::encode_arguments_as::<X, A>(self.names, self.arguments)
    }

    fn decode_reply<R: for<'de> Deserialize<'de>>(reply: &Bytes) -> Result<R, CodecError> {
        codec::decode_as::<X, R>(reply)
    }
}

/// The arguments of a call, for its codec.
pub fn arguments_as<X: Codec, A: WriteArguments>(
    names: &'static [&'static str],
    arguments: &A,
) -> impl Arguments {
    Coded {
        names,
        arguments,
        codec: PhantomData::<fn() -> X>,
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
    kept: &'de Kept,
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
