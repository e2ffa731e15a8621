//! How a stub calls.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::call::{Carrier, Method};
use crate::codec::bytes::{AsBytes, ByteValue};
use crate::codec::{self, Bincode, Codec, CodecError};
use crate::wire::Payload;
use crate::{CallError, CallOptions, Error};
#[cfg(feature = "tokio")]
use crate::{request::Request, server::Failure, wire::Cause};

/// The arguments of a call, written with a codec that its reply is to be read with.
///
/// They are written before the call's future is made, which holds none of them, and is the same for all
/// methods that return the same.
#[derive(Debug)]
pub struct Written<X> {
    pub(crate) data: Result<Payload, CodecError>,
    pub(crate) codec: PhantomData<fn() -> X>,
}

/// Writes the arguments of a call of a service that chooses no codec.
pub fn arguments<A: Serialize>(arguments: &A) -> Written<Bincode> {
    Written {
        data: codec::encode(arguments),
        codec: PhantomData,
    }
}

/// Reads a request's arguments, all of its data.
///
/// # Errors
///
/// [`Failure`] if they do not fit.
#[cfg(feature = "tokio")]
pub fn decode<'de, A: Deserialize<'de>>(request: &'de Request) -> Result<A, Failure> {
    codec::decode(request.data()).map_err(|error| Failure(Cause::Codec(error.of_arguments())))
}

/// Writes a method's result.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
#[cfg(feature = "tokio")]
pub fn encode<R: Serialize + ?Sized>(reply: &R) -> Result<Payload, Failure> {
    codec::encode(reply).map_err(|error| Failure(Cause::Codec(error.of_result())))
}

/// Writes a method's result that is bytes.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
#[cfg(feature = "tokio")]
pub fn encode_bytes<R: ByteValue>(reply: R) -> Result<Payload, Failure> {
    encode(&AsBytes(&reply.share()))
}

/// Calls a method whose result is a plain value.
///
/// # Errors
///
/// Any of [`Error`].
pub fn call<C: Carrier + ?Sized, X: Codec, R: for<'de> Deserialize<'de>>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
) -> impl Future<Output = Result<R, Error>> + Send {
    call_then(carrier, method, arguments, |called| called)
}

/// Calls a method that returns a `Result`.
///
/// # Errors
///
/// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any of [`Error`].
pub fn call_fallible<C, X, R, E>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
) -> impl Future<Output = Result<R, CallError<E>>> + Send
where
    C: Carrier + ?Sized,
    X: Codec,
    R: for<'de> Deserialize<'de>,
    E: for<'de> Deserialize<'de>,
{
    call_then(carrier, method, arguments, fallible)
}

/// Calls a method whose result is bytes.
///
/// # Errors
///
/// Any of [`Error`].
pub fn call_bytes<C: Carrier + ?Sized, X: Codec, R: ByteValue>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
) -> impl Future<Output = Result<R, Error>> + Send {
    call_then(carrier, method, arguments, |called| {
        called.map(|AsBytes(reply)| reply)
    })
}

/// Calls a method that returns a `Result` of bytes.
///
/// # Errors
///
/// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any of [`Error`].
pub fn call_fallible_bytes<C, X, R, E>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
) -> impl Future<Output = Result<R, CallError<E>>> + Send
where
    C: Carrier + ?Sized,
    X: Codec,
    R: ByteValue,
    E: for<'de> Deserialize<'de>,
{
    call_then(carrier, method, arguments, |called| {
        fallible(called).map(|AsBytes(reply)| reply)
    })
}

/// Calls a method, and makes what its stub returns of the result. All of it is one future: one around
/// another would hold that twice, and move it.
#[expect(
    clippy::manual_async_fn,
    reason = "an async function would hold the arguments twice: as they are given, and as its own"
)]
fn call_then<C, X, R, T>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
    then: impl FnOnce(Result<R, Error>) -> T + Send,
) -> impl Future<Output = T> + Send
where
    C: Carrier + ?Sized,
    X: Codec,
    R: for<'de> Deserialize<'de>,
{
    async move {
        let reply = match arguments.data {
            Ok(data) => {
                let options = CallOptions::of(method);
                carrier.call_parts(method.handler(), data, options).await
            }
            Err(error) => Err(Error::Codec(error.of_arguments())),
        };
        then(reply.and_then(|reply| {
            codec::decode_as::<X, R>(&reply).map_err(|error| Error::Codec(error.of_result()))
        }))
    }
}

fn fallible<R, E>(called: Result<Result<R, E>, Error>) -> Result<R, CallError<E>> {
    called?.map_err(CallError::Method)
}
