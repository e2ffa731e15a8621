//! What a server says of a call that failed, as the caller is told it.

use crate::Error;
use crate::wire::Cause;

/// The error of a call of this handler that failed for this cause.
pub(crate) fn cause_error(cause: Cause, handler: &str) -> Error {
    let handler = || handler.to_owned();
    match cause {
        text @ (Cause::Handler(_) | Cause::Unfit { .. }) => Error::Handler(text.to_string()),
        Cause::UnknownHandler => Error::UnknownHandler { handler: handler() },
        Cause::Panicked => Error::Panicked { handler: handler() },
        Cause::Overloaded => Error::Overloaded,
        Cause::Denied => Error::PermissionDenied { handler: handler() },
        Cause::ShuttingDown => Error::ShuttingDown,
        Cause::TooLarge { size, limit } => Error::TooLarge { size, limit },
        Cause::Codec(text) => Error::Codec(text),
    }
}
