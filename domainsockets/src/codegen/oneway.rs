//! How a stub calls a method without waiting for its reply.

use super::Written;
use crate::Error;
use crate::call::{Call, Carrier, Completion, Method};
use crate::codec::Codec;

/// Calls a method, and returns when the request was sent.
///
/// # Errors
///
/// Any of [`Error`].
pub async fn send<C: Carrier + ?Sized, X: Codec>(
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

/// Makes a call complete once it was sent.
pub(super) const fn oneway(mut call: Call<'_>) -> Call<'_> {
    call.completion = Completion::Sent;
    call
}
