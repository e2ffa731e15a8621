//! Methods whose data no codec touches.

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

/// What a raw method takes and returns: all of the data of a request or a reply.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not bytes",
    label = "a raw method takes and returns bytes or nothing",
    note = "a service takes types called `Vec<u8>` and `Bytes` for those of `std` and of the crate \
            `bytes`"
)]
pub trait RawValue {
    /// The data for this value.
    fn into_data(self) -> Bytes;

    /// The value for these data.
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

/// Makes the argument of a raw method.
#[cfg(feature = "tokio")]
#[must_use]
pub fn raw_argument<R: RawValue>(request: &Request) -> R {
    R::from_data(request.data().clone())
}

/// Makes the data of a request of the argument of a raw method.
pub fn raw_data<R: RawValue>(argument: R) -> Bytes {
    argument.into_data()
}

/// Makes a reply of what a raw method has returned.
///
/// # Errors
///
/// None: another function of this shape has some.
#[cfg(feature = "tokio")]
pub fn raw_value<R: RawValue>(reply: R) -> Result<Payload<'static>, Failure> {
    Ok(reply.into_data().into())
}

/// Makes a reply of what a raw method has returned, or the text of its error.
///
/// # Errors
///
/// [`Failure`] with that text.
#[cfg(feature = "tokio")]
pub fn raw_result<R: RawValue, E: Display>(
    reply: Result<R, E>,
) -> Result<Payload<'static>, Failure> {
    match reply {
        Ok(reply) => raw_value(reply),
        Err(error) => Err(Failure(Cause::Handler(error.to_string()))),
    }
}

/// Calls a method whose data no codec touches.
///
/// # Errors
///
/// Any of [`Error`]; [`Error::Handler`] has the text of the method's own error.
pub async fn call_raw<C: Carrier + ?Sized, R: RawValue>(
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

/// Calls a method whose data no codec touches, and returns when the request was sent.
///
/// # Errors
///
/// Any of [`Error`].
pub async fn send_raw<C: Carrier + ?Sized>(
    carrier: &C,
    method: &'static Method,
    data: Bytes,
) -> Result<(), Error> {
    let call = oneway(Call::of(method, data.into()));
    carrier.execute(call).await.map(drop)
}
