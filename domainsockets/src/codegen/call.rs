//! Calls of methods by generated stubs.

use bytes::Bytes;
use serde::Deserialize;

use super::Written;
use crate::call::{Call, Carrier, Method};
use crate::codec::bytes::{AsBytes, ByteValue};
use crate::codec::{self, Codec};
use crate::{CallError, Error};

/// Calls a method that returns a plain value.
///
/// # Errors
///
/// Any [`Error`].
///
/// # Cancel safety
///
/// Dropping the future cancels the call, which may have run.
pub(crate) fn call<C: Carrier + ?Sized, X: Codec, R: for<'de> Deserialize<'de>>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
) -> impl Future<Output = Result<R, Error>> + Send {
    call_then(carrier, method, arguments, |called| called)
}

/// Calls a method that returns a `Result`.
///
/// # Errors
///
/// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any [`Error`].
///
/// # Cancel safety
///
/// As [`call`].
pub(crate) fn call_fallible<C, X, R, E>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
) -> impl Future<Output = Result<R, CallError<E>>> + Send
where
    C: Carrier + ?Sized,
    X: Codec,
    R: for<'de> Deserialize<'de>,
    E: for<'de> Deserialize<'de>,
{
    call_then(carrier, method, arguments, fallible)
}

/// Calls a method that returns bytes.
///
/// # Errors
///
/// Any [`Error`].
///
/// # Cancel safety
///
/// As [`call`].
pub(crate) fn call_bytes<C: Carrier + ?Sized, X: Codec, R: ByteValue>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
) -> impl Future<Output = Result<R, Error>> + Send {
    call_then(carrier, method, arguments, |called| {
        called.map(|AsBytes(reply)| reply)
    })
}

/// Calls a method that returns a `Result` of bytes.
///
/// # Errors
///
/// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any [`Error`].
///
/// # Cancel safety
///
/// As [`call`].
pub(crate) fn call_fallible_bytes<C, X, R, E>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
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

/// Calls a method and converts the result into what the stub returns. This is a single future: nested futures
/// would each store the result, and copy it outwards.
#[expect(
    clippy::manual_async_fn,
    reason = "an async function stores its arguments twice: as captured, and as moved into its body"
)]
fn call_then<C, X, R, T>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
    then: impl FnOnce(Result<R, Error>) -> T + Send,
) -> impl Future<Output = T> + Send
where
    C: Carrier + ?Sized,
    X: Codec,
    R: for<'de> Deserialize<'de>,
{
    async move {
        let reply = match arguments.data {
            Ok(data) => carrier.execute(Call::of(method, data)).await,
            Err(error) => Err(Error::Codec(error.of_arguments())),
        };
        then(reply.and_then(|reply| result::<X, R>(&reply.data)))
    }
}

/// Decodes a method's result.
pub(super) fn result<X: Codec, R: for<'de> Deserialize<'de>>(data: &Bytes) -> Result<R, Error> {
    codec::decode_as::<X, R>(data).map_err(|error| Error::Codec(error.of_result()))
}

/// Separates the method's own error from the errors of the call.
pub(super) fn fallible<R, E>(called: Result<Result<R, E>, Error>) -> Result<R, CallError<E>> {
    called?.map_err(CallError::Method)
}
