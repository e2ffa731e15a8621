//! Faults: the results of sends that a test has chosen.

use rustix::io::Errno;

/// What the system answers to a send, instead of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// `EAGAIN`: the peer's queue is full. It has room again at the next attempt, unless that fails
    /// too.
    Full,
    /// `ENOBUFS`: the kernel has no memory for the datagram now. The sender tries again after a pause,
    /// and with smaller datagrams.
    NoMemory,
    /// `EMSGSIZE`: the kernel carries no datagram of this size. The sender cuts smaller ones; if they
    /// are small already, the connection is over.
    TooLong,
    /// `EINTR`: a signal came in between. The sender tries again at once.
    Interrupted,
    /// `ECONNREFUSED`: the peer's socket is closed. To the sender the connection is over, while the
    /// peer goes on until it notices.
    Refused,
}

impl Fault {
    pub(super) const fn errno(self) -> Errno {
        match self {
            Self::Full => Errno::AGAIN,
            Self::NoMemory => Errno::NOBUFS,
            Self::TooLong => Errno::MSGSIZE,
            Self::Interrupted => Errno::INTR,
            Self::Refused => Errno::CONNREFUSED,
        }
    }
}
