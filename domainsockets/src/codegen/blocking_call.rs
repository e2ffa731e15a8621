//! Calls of methods by generated blocking stubs.

use bytes::Bytes;
use serde::Deserialize;

use super::call::{fallible, result};
use super::oneway::oneway;
use super::{RawValue, Written};
use crate::blocking::Carrier;
use crate::call::{Call, Method};
use crate::codec::Codec;
use crate::codec::bytes::{AsBytes, ByteValue};
use crate::{CallError, Error};

/// Calls a method that returns a plain value.
///
/// # Errors
///
/// Any [`Error`].
pub(crate) fn call<C: Carrier + ?Sized, X: Codec, R: for<'de> Deserialize<'de>>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
) -> Result<R, Error> {
    let data = arguments.data;
    let data = data.map_err(|error| Error::Codec(error.of_arguments()))?;
    result::<X, R>(&carrier.execute(Call::of(method, data))?.data)
}

/// Calls a method that returns a `Result`.
///
/// # Errors
///
/// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any [`Error`].
pub(crate) fn call_fallible<C, X, R, E>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
) -> Result<R, CallError<E>>
where
    C: Carrier + ?Sized,
    X: Codec,
    R: for<'de> Deserialize<'de>,
    E: for<'de> Deserialize<'de>,
{
    fallible(call(carrier, method, arguments))
}

/// Calls a method that returns bytes.
///
/// # Errors
///
/// Any [`Error`].
pub(crate) fn call_bytes<C: Carrier + ?Sized, X: Codec, R: ByteValue>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
) -> Result<R, Error> {
    call(carrier, method, arguments).map(|AsBytes(reply)| reply)
}

/// Calls a method that returns a `Result` of bytes.
///
/// # Errors
///
/// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any [`Error`].
pub(crate) fn call_fallible_bytes<C, X, R, E>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
) -> Result<R, CallError<E>>
where
    C: Carrier + ?Sized,
    X: Codec,
    R: ByteValue,
    E: for<'de> Deserialize<'de>,
{
    call_fallible(carrier, method, arguments).map(|AsBytes(reply)| reply)
}

/// Calls a one-way method, and returns once the request is sent.
///
/// # Errors
///
/// Any [`Error`] before the request is sent.
pub(crate) fn send<C: Carrier + ?Sized, X: Codec>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
) -> Result<(), Error> {
    let data = arguments.data;
    let data = data.map_err(|error| Error::Codec(error.of_arguments()))?;
    carrier.execute(oneway(Call::of(method, data))).map(drop)
}

/// Calls a raw method, whose data no codec encodes.
///
/// # Errors
///
/// Any [`Error`]; the method's own error is the text of an [`Error::Handler`].
pub(crate) fn call_raw<C: Carrier + ?Sized, R: RawValue>(
    carrier: &C,
    method: &'static Method,
    data: Bytes,
) -> Result<R, Error> {
    let call = Call::of(method, data.into());
    carrier.execute(call).map(|reply| R::from_data(reply.data))
}

/// Calls a one-way raw method, and returns once the request is sent.
///
/// # Errors
///
/// Any [`Error`] before the request is sent.
pub fn send_raw<C: Carrier + ?Sized>(
    carrier: &C,
    method: &'static Method,
    data: Bytes,
) -> Result<(), Error> {
    let call = oneway(Call::of(method, data.into()));
    carrier.execute(call).map(drop)
}
