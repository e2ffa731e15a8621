//! Calls of methods of which nobody waits for the reply.

use super::Written;
use crate::call::Carrier;
use crate::call::Method;
use crate::codec::Codec;
use crate::{CallOptions, Error};

/// Calls a method, and returns when the request has left.
///
/// # Errors
///
/// Any of [`Error`].
pub async fn send<C: Carrier + ?Sized, X: Codec>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
) -> Result<(), Error> {
    let data = arguments.data;
    let data = data.map_err(|error| Error::Codec(error.of_arguments()))?;
    let options = CallOptions::of(method);
    carrier.send_parts(method.handler(), data, options).await
}
