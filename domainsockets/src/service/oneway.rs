//! Calls of methods of which nobody waits for the reply.

use serde::Serialize;

use super::Carrier;
use crate::signature::method::Method;
use crate::{CallOptions, Error, codec};

/// Calls a method, and returns when the request has left.
///
/// # Errors
///
/// Any of [`Error`].
pub fn send<C: Carrier + ?Sized, A: Serialize>(
    carrier: &C,
    method: &'static Method,
    arguments: &A,
) -> impl Future<Output = Result<(), Error>> + Send {
    // The arguments are written before the future is made, so that it does not hold them.
    let data = codec::encode(arguments);
    async move {
        let data = data.map_err(|error| Error::Codec(format!("arguments: {error}")))?;
        let handler = method.handler();
        let options = CallOptions::of(method);
        carrier.send_parts(handler, data, options).await
    }
}
