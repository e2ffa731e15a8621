//! Raw methods, whose data no codec encodes.

#[cfg(feature = "tokio")]
use std::fmt::Display;

use bytes::Bytes;

use super::oneway::oneway;
use crate::Error;
use crate::call::Method;
use crate::call::{Call, Carrier};
#[cfg(feature = "tokio")]
use crate::{
    request::Request,
    server::Failure,
    wire::{Cause, Payload},
};

/// An argument or result of a raw method: the whole data of a request or a reply.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not bytes",
    label = "a raw method takes and returns bytes or nothing",
    note = "a service takes types called `Vec<u8>` and `Bytes` for those of `std` and of the crate \
            `bytes`"
)]
pub trait RawValue {
    /// Converts the value into data.
    fn into_data(self) -> Bytes;

    /// Converts data into a value.
    fn from_data(data: Bytes) -> Self;
}

impl RawValue for () {
    fn into_data(self) -> Bytes {
        Bytes::new()
    }

    fn from_data(_data: Bytes) {}
}

impl RawValue for Bytes {
    fn into_data(self) -> Bytes {
        self
    }

    fn from_data(data: Bytes) -> Self {
        data
    }
}

impl RawValue for Vec<u8> {
    fn into_data(self) -> Bytes {
        self.into()
    }

    fn from_data(data: Bytes) -> Self {
        data.into()
    }
}

/// Returns the argument of a raw method from its request.
#[cfg(feature = "tokio")]
#[must_use]
pub(crate) fn raw_argument<R: RawValue>(request: &Request) -> R {
    R::from_data(request.data().clone())
}

/// Returns the data of a request from the argument of a raw method.
pub(crate) fn raw_data<R: RawValue>(argument: R) -> Bytes {
    argument.into_data()
}

/// Returns the reply of a raw method that returned a `Result`.
///
/// # Errors
///
/// [`Failure`] with the text of the method's error.
#[cfg(feature = "tokio")]
pub(crate) fn raw_result<R: RawValue, E: Display>(
    reply: Result<R, E>,
) -> Result<Payload<'static>, Failure> {
    match reply {
        Ok(reply) => Ok(reply.into_data().into()),
        Err(error) => Err(Failure(Cause::Handler(error.to_string()))),
    }
}

/// Calls a raw method, whose data no codec encodes.
///
/// # Errors
///
/// Any [`Error`]; the method's own error is the text of an [`Error::Handler`].
///
/// # Cancel safety
///
/// Dropping the future cancels the call, which may have run.
pub(crate) async fn call_raw<C: Carrier + ?Sized, R: RawValue>(
    carrier: &C,
    method: &'static Method,
    data: Bytes,
) -> Result<R, Error> {
    let call = Call::of(method, data.into());
    carrier
        .execute(call)
        .await
        .map(|reply| R::from_data(reply.data))
}

/// Calls a one-way raw method, and returns once the request is sent.
///
/// # Errors
///
/// Any [`Error`] before the request is sent.
///
/// # Cancel safety
///
/// Dropping the future drops a request that is not sent yet.
pub async fn send_raw<C: Carrier + ?Sized>(
    carrier: &C,
    method: &'static Method,
    data: Bytes,
) -> Result<(), Error> {
    let call = oneway(Call::of(method, data.into()));
    carrier.execute(call).await.map(drop)
}
