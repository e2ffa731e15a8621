//! How a call ended, as its caller is told.

use bytes::Bytes;

use crate::Error;
use crate::proto::{Outcome, Refused};
use crate::wire::{Cause, NAME_LIMIT, NAME_TOO_LONG, ServerMsgType};

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooLarge { size, limit } => Self::TooLarge { size, limit },
            Refused::ShuttingDown => Self::ShuttingDown,
            Refused::Expired => Self::DeadlineExceeded,
        }
    }
}

impl Outcome {
    pub(crate) fn into_result(self, handler: &str) -> Result<Bytes, Error> {
        let (data, announced) = match self {
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
            Self::Expired => return Err(Error::DeadlineExceeded),
            Self::Disconnected { may_have_run } => {
                return Err(Error::Disconnected { may_have_run });
            }
            Self::Violated(violation) => return Err(Error::Protocol(violation.to_string())),
        };
        let text = String::from_utf8_lossy(&data);
        Err(cause_error(
            Cause::parse(&text, handler, announced),
            handler,
        ))
    }
}

/// Refuses a name that the wire would not carry.
pub(crate) fn check_handler(name: &str) -> Result<(), Error> {
    if name.len() <= NAME_LIMIT {
        return Ok(());
    }
    Err(Error::InvalidName {
        name: name.to_owned(),
        reason: NAME_TOO_LONG,
    })
}

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
        Cause::Expired => Error::DeadlineExceeded,
        Cause::TooLarge { size, limit } => Error::TooLarge { size, limit },
        Cause::Codec(text) => Error::Codec(text),
        Cause::Signature(difference) => Error::SignatureMismatch {
            handler: handler(),
            difference,
        },
    }
}
