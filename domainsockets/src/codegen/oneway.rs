//! Calls of one-way methods by generated stubs.

use super::Written;
use crate::Error;
use crate::call::{Call, Carrier, Completion, Method};
use crate::codec::Codec;

/// Calls a one-way method, and returns once the request is sent.
///
/// # Errors
///
/// Any [`Error`] before the request is sent.
///
/// # Cancel safety
///
/// Dropping the future cancels the call, which may have run.
pub(crate) async fn send<C: Carrier + ?Sized, X: Codec>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
) -> Result<(), Error> {
    let data = arguments.data;
    let data = data.map_err(|error| Error::Codec(error.of_arguments()))?;
    carrier
        .execute(oneway(Call::of(method, data)))
        .await
        .map(drop)
}

/// Turns a call into a one-way call, which is complete once it is sent.
pub(super) const fn oneway(mut call: Call<'_>) -> Call<'_> {
    call.completion = Completion::Sent;
    call
}
