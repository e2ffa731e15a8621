//! The greeting of a server over a socket pair: what a client waits for until it knows the server.

use std::time::Instant;

/// How far a client knows its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greeting {
    /// Nothing was received from the server.
    Awaited {
        /// The time after which the server counts as unresponsive.
        until: Instant,
        /// Whether requests are sent only to a server that is known.
        holds_requests: bool,
    },
    /// A process that may serve the client has sent a first datagram. It may be a refusal.
    Introduced,
    /// The server is known.
    Done,
}

impl Greeting {
    /// Returns when the server counts as unresponsive.
    pub(super) const fn due_at(self) -> Option<Instant> {
        match self {
            Self::Awaited { until, .. } => Some(until),
            Self::Introduced | Self::Done => None,
        }
    }

    /// Returns whether requests wait for the greeting.
    pub(super) const fn holds_requests(self) -> bool {
        matches!(
            self,
            Self::Awaited {
                holds_requests: true,
                ..
            }
        )
    }

    /// Returns whether the first datagram is read now. From then on the server is known.
    pub(super) fn take_introduction(&mut self) -> bool {
        let is_first = *self == Self::Introduced;
        if is_first {
            *self = Self::Done;
        }
        is_first
    }
}
