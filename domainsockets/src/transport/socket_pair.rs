//! A socket pair, of which a client passes one end to the server with its setup message.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::net::sockopt::set_socket_passcred;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
#[cfg(feature = "tokio")]
use tokio::io::Interest;

use super::reachable_socket::ReachableSocket;
#[cfg(feature = "blocking")]
use super::readiness::PolledSocket;
#[cfg(feature = "tokio")]
use super::readiness::{RegisteredSocket, register};
use super::receiver::SocketReceiver;
use super::sender::Sender;

/// The client's end of a socket pair (`SOCK_SEQPACKET`, socketpair(2)), whose other end is with the server.
#[derive(Debug)]
pub(crate) struct SocketPair(Arc<ReachableSocket>);

/// The end of a socket pair that is passed to the server.
#[derive(Debug)]
pub(crate) struct PassedEnd(OwnedFd);

impl SocketPair {
    /// Creates a pair. The kernel attaches credentials to what the server sends.
    pub(crate) fn new() -> io::Result<(Self, PassedEnd)> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let pair = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None);
        let (own, passed) = pair?;
        set_socket_passcred(&own, true)?;
        let own = Arc::new(ReachableSocket::pair(own, None));
        Ok((Self(own), PassedEnd(passed)))
    }

    /// Returns a sender of messages to the server.
    pub(crate) fn sender(&self) -> Sender {
        Sender::over(Arc::clone(&self.0))
    }

    /// Registers the socket with the runtime, for the datagrams of the server.
    #[cfg(feature = "tokio")]
    pub(crate) fn receiver(&self) -> io::Result<SocketReceiver<RegisteredSocket>> {
        Ok(SocketReceiver::of_unknown(register(
            Arc::clone(&self.0),
            Interest::READABLE,
        )?))
    }

    /// Returns a receiver of the server's datagrams that a thread polls.
    #[cfg(feature = "blocking")]
    pub(crate) fn polled_receiver(&self) -> SocketReceiver<PolledSocket> {
        SocketReceiver::of_unknown(Arc::clone(&self.0))
    }
}

impl AsFd for PassedEnd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
