//! Calls of methods of which nobody waits for the reply.

use super::{Arguments, Carrier};
use crate::method::Method;
use crate::{CallOptions, Error};

/// Calls a method, and returns when the request has left.
///
/// # Errors
///
/// Any of [`Error`].
pub fn send<C: Carrier + ?Sized, A: Arguments>(
    carrier: &C,
    method: &'static Method,
    arguments: A,
) -> impl Future<Output = Result<(), Error>> + Send {
    // The arguments are written before the future is made, so that it does not hold them.
    let data = arguments.encode();
    async move {
        let data = data.map_err(|error| Error::Codec(error.of_arguments()))?;
        let handler = method.handler();
        let options = CallOptions::of(method);
        carrier.send_parts(handler, data, options).await
    }
}
