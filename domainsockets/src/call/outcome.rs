//! The conversion of a call's outcome into the caller's result.

use bytes::Bytes;

use crate::Error;
use crate::proto::{CallRefused, Outcome};
use crate::wire::{Cause, ServerMsgType, printable};

impl CallRefused {
    /// Converts a refusal into the caller's error. `expired` returns the error for a passed deadline.
    pub(crate) fn into_error(self, expired: impl FnOnce() -> Error) -> Error {
        match self {
            Self::Disconnected => Error::Disconnected {
                may_have_run: false,
            },
            Self::TooLarge { size, limit } => Error::TooLarge { size, limit },
            Self::ShuttingDown => Error::ShuttingDown,
            Self::Expired => expired(),
        }
    }
}

impl Outcome {
    /// Converts the outcome of a call of `handler` into the caller's result. `expired` returns the error for
    /// a passed deadline.
    pub(crate) fn into_result(
        self,
        handler: &str,
        expired: impl FnOnce() -> Error,
    ) -> Result<Bytes, Error> {
        let (data, announced) = match self {
            Self::Sent => return Ok(Bytes::new()),
            Self::Reply {
                kind: ServerMsgType::Data,
                data,
                ..
            } => return Ok(data),
            Self::Reply {
                kind: ServerMsgType::Error,
                data,
                announced,
            } => (data, announced),
            Self::Expired => return Err(expired()),
            Self::Disconnected { may_have_run } => {
                return Err(Error::Disconnected { may_have_run });
            }
            Self::Violated(violation) => return Err(Error::Protocol(violation.to_string())),
        };
        let text = String::from_utf8_lossy(&data);
        let cause = Cause::parse(&text, handler, announced);
        Err(cause_error(cause, handler, expired))
    }
}

/// Converts the cause of a failed call of `handler` into the caller's error. `expired` returns the error for
/// a passed deadline.
pub(crate) fn cause_error(cause: Cause, handler: &str, expired: impl FnOnce() -> Error) -> Error {
    let handler = || handler.to_owned();
    match cause {
        text @ (Cause::Handler(_) | Cause::Unfit { .. }) => Error::Handler(text.to_string()),
        Cause::UnknownHandler => Error::UnknownHandler { handler: handler() },
        Cause::Panicked => Error::Panicked { handler: handler() },
        Cause::Overloaded(what) => Error::Overloaded {
            what: printable(what),
        },
        Cause::ReplyDropped { size } => Error::ReplyDropped { size },
        Cause::Denied => Error::PermissionDenied { handler: handler() },
        Cause::ShuttingDown => Error::ShuttingDown,
        Cause::Expired => expired(),
        Cause::TooLarge { size, limit } => Error::TooLarge { size, limit },
        Cause::Codec(text) => Error::Codec(printable(text)),
        Cause::Signature(difference) => Error::SignatureMismatch {
            handler: handler(),
            difference: printable(difference),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, Error, cause_error};

    #[test]
    fn errors_of_the_library_have_no_control_characters_of_the_server() {
        let text = || "a\u{1b}[2J\nb".to_owned();
        for cause in [
            Cause::Overloaded(text()),
            Cause::Codec(text()),
            Cause::Signature(text()),
        ] {
            let error = cause_error(cause, "Kv.get", || Error::ShuttingDown);
            let text = error.to_string();
            assert!(text.ends_with("a\\u{1b}[2J\\nb"), "{text}");
        }
    }
}
