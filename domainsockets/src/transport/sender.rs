//! The sender of a connection.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::io::Errno;
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustix::net::{SendAncillaryBuffer, SendFlags, SocketAddrUnix};

use super::own_credentials::send_with_credentials;
use super::reachable_socket::ReachableSocket;
use super::{ConnectError, Target, socket};

/// The size of the send buffer for large messages, in bytes. The kernel doubles it for its own overhead.
///
/// A socket whose buffer is full is writable again when a quarter of the buffer is in use. The default, 208 KiB,
/// has room for three datagrams of 64 KiB, and is writable when all are received: sender and receiver would wait
/// for each other. With a larger buffer than this, the data would leave the processor's cache before they are
/// received.
const WIDE: usize = 512 * 1024;

/// A socket that is connected to the peer's before it sends.
#[derive(Debug)]
pub(crate) struct Sender {
    /// The peer may send to it too, which is received only if it is one end of a socket pair.
    fd: Arc<ReachableSocket>,
    /// Set once the socket has been widened.
    wide: OnceLock<()>,
    /// Whether the credentials of this process are still to be sent, with the next datagram.
    introduces: AtomicBool,
}

/// The reason why a datagram was not sent.
#[derive(Debug)]
pub(crate) enum SendError {
    /// The peer's queue is full (backpressure): see [`WriteReadiness`](super::WriteReadiness).
    Full,
    /// The kernel sends no datagram of this size on this socket.
    TooLong,
    /// The kernel has no memory for a datagram of this size now.
    NoMemory,
    /// The peer's socket is closed.
    Gone,
    Io(io::Error),
}

impl Sender {
    pub(crate) fn new(fd: OwnedFd) -> Self {
        Self::over(Arc::new(ReachableSocket::new(fd)))
    }

    /// Sends on one end of a socket pair, on which a receiver may receive.
    pub(super) fn over(fd: Arc<ReachableSocket>) -> Self {
        Self {
            fd,
            wide: OnceLock::new(),
            introduces: AtomicBool::new(false),
        }
    }

    /// Attaches the effective credentials of this process to the first datagram. Those that the kernel attaches are the
    /// real ones, unix(7).
    #[cfg(feature = "tokio")]
    pub(super) fn introducing(self) -> Self {
        Self {
            introduces: AtomicBool::new(true),
            ..self
        }
    }

    /// Returns a socket that is not connected yet: see [`redirect`](Self::redirect).
    pub(crate) fn unconnected() -> io::Result<Self> {
        Ok(Self::new(socket::socket()?))
    }

    /// Connects to another socket, for the messages of a connection. If that fails, another socket may be tried.
    pub(crate) fn redirect(&self, target: &Target) -> Result<(), ConnectError> {
        target.direct(self.fd.as_fd())
    }

    /// Gives the connected socket a name in the abstract namespace. With it the peer can let the kernel reject
    /// other senders: see [`Receiver`](super::Receiver).
    ///
    /// The kernel chooses the name (unix(7), autobind). As long as the peer lives, only the peer can send to this
    /// socket. Nothing is ever received on it: a datagram uses the memory of its sender.
    pub(crate) fn take_name(&self) -> io::Result<()> {
        Ok(rustix::net::bind(
            &*self.fd,
            &SocketAddrUnix::new_unnamed(),
        )?)
    }

    /// Returns the socket, to be polled while the peer's queue is full.
    #[cfg(feature = "blocking")]
    #[expect(clippy::unnecessary_wraps, reason = "an end in memory has none")]
    pub(crate) fn socket(&self) -> Option<BorrowedFd<'_>> {
        Some(self.fd.as_fd())
    }

    /// Returns whether this process has created the socket, rather than inherited it by a fork.
    #[cfg(feature = "blocking")]
    pub(crate) fn is_own(&self) -> bool {
        self.fd.is_own()
    }

    /// Ends both directions of a connection over a socket pair: the peer receives what was sent, and then the end. Does
    /// nothing to other sockets.
    pub(crate) fn shut_down(&self) {
        self.fd.shut_down();
    }

    /// Widens the send buffer beyond the kernel's default, as far as `net.core.wmem_max` allows.
    pub(crate) fn widen(&self) {
        self.wide.get_or_init(|| {
            // If it fails, large messages are sent in smaller steps. It is not logged: the caller holds the lock of
            // its connection, and the subscriber may use the connection.
            let _ = set_socket_send_buffer_size(&*self.fd, WIDE);
        });
    }

    /// Sends one datagram, without waiting.
    pub(crate) fn try_send(&self, datagram: &[u8]) -> Result<(), SendError> {
        if self.introduces.load(Ordering::Relaxed) {
            return self.introduce(&[IoSlice::new(datagram)]);
        }
        attempt(|| rustix::net::send(&*self.fd, datagram, flags()))
    }

    /// Sends one datagram gathered from parts, without waiting.
    pub(crate) fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> Result<(), SendError> {
        if self.introduces.load(Ordering::Relaxed) {
            return self.introduce(parts);
        }
        attempt(|| {
            let mut control = SendAncillaryBuffer::default();
            rustix::net::sendmsg(&*self.fd, parts, &mut control, flags())
        })
    }

    /// Sends a setup message with one end of a socket pair and this process's credentials, without waiting.
    pub(crate) fn try_pass(&self, message: &[u8], end: BorrowedFd<'_>) -> Result<(), SendError> {
        let parts = [IoSlice::new(message)];
        attempt(|| send_with_credentials(&*self.fd, &parts, &[end], flags()))
    }

    /// Sends the first datagram, with this process's credentials. The callers send one after the other.
    #[cold]
    fn introduce(&self, parts: &[IoSlice<'_>]) -> Result<(), SendError> {
        attempt(|| send_with_credentials(&*self.fd, parts, &[], flags()))?;
        self.introduces.store(false, Ordering::Relaxed);
        Ok(())
    }

    #[cfg(feature = "tokio")]
    pub(super) fn try_clone(&self) -> io::Result<OwnedFd> {
        self.fd.try_clone()
    }
}

pub(super) fn attempt(send: impl Fn() -> rustix::io::Result<usize>) -> Result<(), SendError> {
    loop {
        return match send() {
            Ok(_) => Ok(()),
            Err(Errno::INTR) => continue,
            Err(Errno::AGAIN) => Err(SendError::Full),
            Err(Errno::MSGSIZE) => Err(SendError::TooLong),
            // `TOOMANYREFS`: this user has too many descriptors in flight, unix(7).
            Err(Errno::NOBUFS | Errno::NOMEM | Errno::TOOMANYREFS) => Err(SendError::NoMemory),
            Err(Errno::CONNREFUSED | Errno::NOTCONN | Errno::PIPE | Errno::CONNRESET) => {
                Err(SendError::Gone)
            }
            Err(error) => Err(SendError::Io(error.into())),
        };
    }
}

pub(super) fn flags() -> SendFlags {
    SendFlags::DONTWAIT | SendFlags::NOSIGNAL
}

#[cfg(test)]
mod tests {
    use super::{SendError, Sender};
    use crate::transport::{Reach, Target, bind_connection};

    #[test]
    fn too_long_and_gone_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (fd, _file) = bind_connection(&path, Reach::Owner).unwrap();
        let target = Target::find(&path).unwrap();
        let sender = Sender::new(target.connect().unwrap());
        assert!(matches!(
            sender.try_send(&vec![0; 64 << 20]),
            Err(SendError::TooLong)
        ));
        drop(fd);
        assert!(matches!(sender.try_send(b"x"), Err(SendError::Gone)));
    }
}
