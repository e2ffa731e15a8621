//! Refusals: why the server does not connect to a client that sent a setup message.

use std::io;

use crate::peer::Credentials;
use crate::transport::{ConnectError, SendError, is_exhausted};
use crate::wire::{SetupRefusal, WireError};

/// The reason why a setup message is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("a setup message is malformed")]
    Malformed(#[from] WireError),
    #[error(
        "the kernel does not know the sender of a setup message, or it is in a PID namespace that is not visible here"
    )]
    Unknown,
    #[error("{0} may not call this server")]
    Denied(Credentials),
    #[error(
        "{0} has passed a socket that {1} has created: a process has to connect after it has changed its user, and cannot \
         pass on what it has inherited"
    )]
    OtherCreator(Credentials, Credentials),
    #[error("the descriptors of a setup message are not one connected sequenced-packet socket")]
    NotOneSocket,
    /// Its process has ended, or `/proc` does not show it to the server: `hidepid`, or `ProtectProc=` of its unit.
    #[error(
        "{0} is allowed by none of its IDs, and its supplementary groups cannot be read from /proc (hidepid, ProtectProc=)"
    )]
    GroupsUnknown(Credentials),
    #[error("{0} asks for connections too often")]
    TooOften(Credentials),
    #[error("{0} has too many connections")]
    TooMany(Credentials),
    #[error("{0} asks for one more connection than the server may have")]
    Full(Credentials),
    /// The socket is a server's, or another connection's, or another user's, or the client's process has ended.
    #[error("the socket that {0} names is not that of a client of its own")]
    NoClient(Credentials),
    #[error("the client's socket cannot be reached: {0:?}")]
    Unreachable(ConnectError),
    #[error("the client does not take the answer: {0:?}")]
    Unanswered(SendError),
    #[error("no connection can be made: {0}")]
    Io(io::Error),
    #[error("the server is shutting down")]
    ShuttingDown,
}

impl Refusal {
    /// Returns the kind of the refusal, by which the log is throttled.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Unknown => "unknown",
            Self::Denied(_) => "denied",
            Self::OtherCreator(..) => "other creator",
            Self::NotOneSocket => "not one socket",
            Self::GroupsUnknown(_) => "groups",
            Self::TooOften(_) => "too often",
            Self::TooMany(_) => "too many",
            Self::Full(_) => "full",
            Self::NoClient(_) => "no client",
            Self::Unreachable(_) => "unreachable",
            Self::Unanswered(_) => "unanswered",
            Self::Io(_) => "io",
            Self::ShuttingDown => "shutting down",
        }
    }

    /// Returns whether the sender is not allowed to call the server.
    pub(super) const fn is_denial(&self) -> bool {
        matches!(
            self,
            Self::Denied(_) | Self::GroupsUnknown(_) | Self::Unknown | Self::OtherCreator(..)
        )
    }

    /// Returns whether the system was out of memory or descriptors, which may pass.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Io(error) | Self::Unreachable(ConnectError::Io(error)) => is_exhausted(error),
            Self::Unanswered(SendError::NoMemory) => true,
            _ => false,
        }
    }
}

impl Refusal {
    /// Returns the answer for a client that has passed one end of a socket pair.
    pub(super) fn answer(&self) -> SetupRefusal {
        let overloaded = |what: &str| SetupRefusal::Overloaded(what.to_owned());
        match self {
            Self::TooOften(_) => overloaded("the limit of connections per second for one user"),
            Self::Full(_) => overloaded("the server's limit of connections"),
            Self::TooMany(_) => overloaded("the limit of connections for one user"),
            Self::Io(_) => overloaded("the server's memory or descriptors"),
            Self::ShuttingDown => SetupRefusal::ShuttingDown,
            refusal => SetupRefusal::Denied(refusal.to_string()),
        }
    }
}

impl From<ConnectError> for Refusal {
    fn from(error: ConnectError) -> Self {
        Self::Unreachable(error)
    }
}

impl From<SendError> for Refusal {
    fn from(error: SendError) -> Self {
        Self::Unanswered(error)
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
