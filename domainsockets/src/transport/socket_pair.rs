//! A socket pair, of which a client passes one end to the server with its setup message.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use super::reachable_socket::ReachableSocket;
#[cfg(feature = "blocking")]
use super::readiness::PolledSocket;
use super::receiver::SocketReceiver;
#[cfg(feature = "tokio")]
use super::registered_socket::RegisteredSocket;
use super::sender::Sender;
use rustix::net::sockopt::set_socket_passcred;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

/// The client's end of a socket pair (`SOCK_SEQPACKET`, socketpair(2)), whose other end is with the server.
#[derive(Debug)]
pub(crate) struct SocketPair {
    own: Arc<ReachableSocket>,
    /// The user of the server, if it is known.
    user: Option<u32>,
}

/// The end of a socket pair that is passed to the server.
#[derive(Debug)]
pub(crate) struct PassedEnd(OwnedFd);

impl SocketPair {
    /// Creates a pair for a server of `user`, if it is known. The kernel attaches credentials to what the server sends.
    pub(crate) fn new(user: Option<u32>) -> io::Result<(Self, PassedEnd)> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let pair = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None);
        let (own, passed) = pair?;
        set_socket_passcred(&own, true)?;
        let own = Arc::new(ReachableSocket::pair(own, user));
        Ok((Self { own, user }, PassedEnd(passed)))
    }

    /// Returns a sender of messages to the server.
    pub(crate) fn sender(&self) -> Sender {
        Sender::over(Arc::clone(&self.own))
    }

    /// Returns a receiver of the server's datagrams, which is not registered with the runtime yet.
    #[cfg(feature = "tokio")]
    pub(crate) fn receiver(&self) -> SocketReceiver<RegisteredSocket> {
        SocketReceiver::of_unknown(
            RegisteredSocket::unregistered(Arc::clone(&self.own)),
            self.user,
        )
    }

    /// Returns a receiver of the server's datagrams that a thread polls.
    #[cfg(feature = "blocking")]
    pub(crate) fn polled_receiver(&self) -> SocketReceiver<PolledSocket> {
        SocketReceiver::of_unknown(Arc::clone(&self.own), self.user)
    }
}

impl PassedEnd {
    /// Returns the descriptor, to be attached to a setup message.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
