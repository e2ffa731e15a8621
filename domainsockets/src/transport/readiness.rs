//! Readiness of a socket to be read, and the transient errors after which a read is tried again.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
#[cfg(feature = "tokio")]
use tokio::io::Interest;
#[cfg(feature = "tokio")]
use tokio::net::UnixDatagram;

/// A socket whose readiness to be read is known: to the runtime, or to a caller that polls it.
pub(crate) trait ReadReadiness: AsFd {
    /// Receives without waiting. If nothing has arrived, clears the readiness that the runtime remembers.
    fn attempt<R>(&self, receive: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
}

#[cfg(feature = "tokio")]
impl ReadReadiness for UnixDatagram {
    fn attempt<R>(&self, receive: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.try_io(Interest::READABLE, receive)
    }
}

impl ReadReadiness for OwnedFd {
    fn attempt<R>(&self, receive: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        receive()
    }
}

/// Returns whether to try again. A reset is another socket's end, which says nothing of what still arrives.
pub(super) fn is_transient(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::INTR | Errno::CONNRESET)
    )
}

/// Returns whether receiving never succeeds again: the descriptor is no socket that can receive, or the runtime has ended.
/// Other errors pass, such as those of a system without memory, or of a filter of system calls that is being replaced.
#[cfg(feature = "tokio")]
pub(crate) fn is_permanent(error: &io::Error) -> bool {
    Errno::from_io_error(error).is_none_or(|errno| {
        matches!(
            errno,
            Errno::BADF | Errno::NOTSOCK | Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS
        )
    })
}
