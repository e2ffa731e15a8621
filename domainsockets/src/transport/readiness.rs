//! Readiness of a socket to be read, and the transient errors after which a read is tried again.

use std::io;
#[cfg(feature = "blocking")]
use std::sync::Arc;

use rustix::io::Errno;

use super::reachable_socket::ReachableSocket;

/// A socket whose readiness to be read is known: to the runtime, or to a caller that polls it.
pub(crate) trait ReadReadiness {
    /// Returns the socket.
    fn socket(&self) -> &ReachableSocket;

    /// Receives without waiting. If nothing has arrived, clears the readiness that the runtime remembers.
    fn attempt<R>(&self, receive: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
}

/// A socket that a thread polls.
#[cfg(feature = "blocking")]
pub(crate) type PolledSocket = Arc<ReachableSocket>;

#[cfg(feature = "blocking")]
impl ReadReadiness for PolledSocket {
    fn socket(&self) -> &ReachableSocket {
        self
    }

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
