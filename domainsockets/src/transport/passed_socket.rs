//! The server's end of a socket pair, which a client has passed with its setup message.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use super::reachable_socket::ReachableSocket;
use super::received_descriptors::ReceivedDescriptors;
use super::receiver::SocketReceiver;
use super::registered_socket::RegisteredSocket;
use super::sender::Sender;
use super::users::is_foreign;
use crate::peer::Credentials;
use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials;
use rustix::net::sockopt::{set_socket_send_buffer_size, socket_type};
use rustix::net::{AddressFamily, SocketType, getpeername};

/// The server's end of a socket pair, which a client has passed with its setup message.
///
/// The client may have a duplicate. With it the client can shut the socket down, read from it, or clear its `O_NONBLOCK`.
/// That harms the client alone: each receive and each send of this library says `MSG_DONTWAIT`.
#[derive(Debug)]
pub(crate) struct PassedSocket {
    socket: Arc<ReachableSocket>,
    /// The process that has created the pair.
    creator: Credentials,
}

impl PassedSocket {
    /// Takes the socket out of the descriptors of a setup message. Returns `None` if they are not exactly one connected
    /// sequenced-packet socket.
    pub(super) fn take(descriptors: ReceivedDescriptors) -> Option<Self> {
        let mut creator = None;
        let socket = descriptors.take_only(|socket| {
            creator = is_connected_pair(socket)
                .then(|| creator_of(socket))
                .flatten();
            creator.is_some()
        })?;
        let creator = creator?;
        Some(Self {
            socket: Arc::new(ReachableSocket::pair(socket, Some(creator.uid))),
            creator,
        })
    }

    /// Returns the process that has created the pair, as the kernel recorded it (`SO_PEERCRED`, unix(7)).
    pub(crate) const fn creator(&self) -> Credentials {
        self.creator
    }

    /// Returns a sender of messages to the client. With the first one it sends this process's credentials.
    pub(crate) fn sender(&self) -> Sender {
        Sender::over(Arc::clone(&self.socket)).introducing()
    }

    /// Returns a receiver of the client's datagrams, which is not registered with the runtime yet: the first ones are there
    /// already.
    pub(crate) fn receiver(&self) -> SocketReceiver<RegisteredSocket> {
        let socket = RegisteredSocket::unregistered(Arc::clone(&self.socket));
        SocketReceiver::of_pair(socket, self.creator)
    }

    /// Sets the size of the send buffer to the system's default: a client of another user may have chosen another one.
    pub(crate) fn reset_send_buffer(&self) {
        if !is_foreign(self.creator.uid) {
            return;
        }
        // If it fails, the client has what it has chosen, at most `net.core.wmem_max`.
        let _ = set_socket_send_buffer_size(&*self.socket, DEFAULT_SEND_BUFFER);
    }
}

fn is_connected_pair(socket: &OwnedFd) -> bool {
    // Only Unix sockets have the type and a peer of this family.
    matches!(socket_type(socket), Ok(SocketType::SEQPACKET))
        && matches!(getpeername(socket), Ok(Some(peer)) if peer.address_family() == AddressFamily::UNIX)
}

/// Reads `SO_PEERCRED` with nix: a process ID of 0 is undefined behaviour in rustix 1.1.
fn creator_of(socket: &OwnedFd) -> Option<Credentials> {
    let peer = getsockopt(&socket.as_fd(), PeerCredentials).ok()?;
    Some(Credentials {
        pid: u32::try_from(peer.pid()).unwrap_or_default(),
        uid: peer.uid(),
        gid: peer.gid(),
    })
}

/// Half of `net.core.wmem_default` on all kernels that do not configure it: the kernel doubles what is set, socket(7).
const DEFAULT_SEND_BUFFER: usize = 106_496;
