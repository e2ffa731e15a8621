//! Readiness of a socket to be read, and the transient errors after which a read is tried again.

use std::io;
#[cfg(feature = "tokio")]
use std::os::fd::AsRawFd;
use std::sync::Arc;

use rustix::io::Errno;
#[cfg(feature = "tokio")]
use tokio::io::Interest;
#[cfg(feature = "tokio")]
use tokio::io::unix::AsyncFd;

use super::reachable_socket::ReachableSocket;

/// A socket whose readiness to be read is known: to the runtime, or to a caller that polls it.
pub(crate) trait ReadReadiness {
    /// Returns the socket.
    fn socket(&self) -> &ReachableSocket;

    /// Receives without waiting. If nothing has arrived, clears the readiness that the runtime remembers.
    fn attempt<R>(&self, receive: impl FnOnce() -> io::Result<R>) -> io::Result<R>;
}

/// A socket that a runtime waits for until it is readable.
#[cfg(feature = "tokio")]
pub(crate) type RegisteredSocket = AsyncFd<Arc<ReachableSocket>>;

/// A socket that a thread polls.
#[cfg(feature = "blocking")]
pub(crate) type PolledSocket = Arc<ReachableSocket>;

/// Registers a socket with the runtime, to wait for one event. `UnixDatagram` waits for both, and so wakes its runtime
/// for each datagram that the peer receives.
#[cfg(feature = "tokio")]
#[expect(
    deprecated,
    reason = "its successor is unsafe, for types whose descriptor may change; those of sockets do not"
)]
pub(super) fn register<S: AsRawFd>(socket: S, interest: Interest) -> io::Result<AsyncFd<S>> {
    AsyncFd::with_interest(socket, interest)
}

#[cfg(feature = "tokio")]
impl ReadReadiness for RegisteredSocket {
    fn socket(&self) -> &ReachableSocket {
        self.get_ref()
    }

    fn attempt<R>(&self, receive: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.try_io(Interest::READABLE, |_| receive())
    }
}

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
