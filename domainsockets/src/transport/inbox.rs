//! The socket of a handshake, to which any process may send that can reach it.

use super::credentials::receive_datagram;
#[cfg(feature = "tokio")]
use super::descriptor_room::{has_descriptor_room, has_room_for};
#[cfg(feature = "tokio")]
use super::passed_socket::PassedSocket;
use super::reachable_socket::ReachableSocket;
#[cfg(feature = "blocking")]
use super::readiness::PolledSocket;
use super::readiness::{ReadReadiness, is_transient};
#[cfg(feature = "tokio")]
use super::received_descriptors::DESCRIPTORS_TO_TAKE_ONE;
use super::receiver::SocketReceiver;
#[cfg(feature = "tokio")]
use super::registered_socket::RegisteredSocket;
use super::source_address::{SourceAddress, peek_source};
use crate::peer::Credentials;
use std::io::{self, IoSliceMut};
use std::os::fd::OwnedFd;
#[cfg(feature = "blocking")]
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// A bound socket that receives datagrams of several senders.
#[derive(Debug)]
pub(crate) struct SetupInbox<S> {
    socket: S,
}

/// A datagram of a handshake, and its sender.
#[derive(Debug)]
pub(crate) struct SetupDatagram {
    /// The true length of the datagram, even if the buffer was shorter.
    pub(crate) size: usize,
    /// The sender's credentials, if this process can see them, and no descriptors are attached.
    pub(crate) peer: Option<Credentials>,
}

/// A setup message, as a server receives it.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub(crate) struct SetupRequestDatagram {
    /// The true length of the datagram, even if the buffer was shorter.
    pub(crate) size: usize,
    /// The sender's credentials. The process ID is 0 if this process cannot see the sender.
    pub(crate) sender: Option<Credentials>,
    /// What is attached.
    pub(crate) attached: Attached,
}

/// What is attached to a setup message.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub(crate) enum Attached {
    /// Nothing: the handshake by files.
    Nothing,
    /// The server's end of a socket pair.
    Socket(PassedSocket),
    /// Descriptors that are not that.
    Other,
}

#[cfg(feature = "blocking")]
impl SetupInbox<PolledSocket> {
    /// Wraps a non-blocking socket that the caller polls.
    pub(crate) fn unregistered(socket: OwnedFd) -> Self {
        let socket = Arc::new(ReachableSocket::new(socket));
        Self { socket }
    }

    /// Returns the socket, to be polled.
    pub(crate) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(feature = "tokio")]
impl SetupInbox<RegisteredSocket> {
    /// Registers a non-blocking socket with the runtime.
    pub(crate) fn new(fd: OwnedFd) -> io::Result<Self> {
        let socket = RegisteredSocket::new(Arc::new(ReachableSocket::new(fd)))?;
        Ok(Self { socket })
    }

    /// Registers a non-blocking socket that another program has bound, and may have open too.
    pub(crate) fn adopted(fd: OwnedFd) -> io::Result<Self> {
        let socket = RegisteredSocket::new(Arc::new(ReachableSocket::shared(fd)))?;
        Ok(Self { socket })
    }

    /// Waits until a datagram may have arrived.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// Receives the next setup message, if one has arrived.
    pub(crate) fn try_receive_setup(
        &self,
        buffer: &mut [u8],
    ) -> io::Result<Option<SetupRequestDatagram>> {
        self.attempt(|| {
            let received = receive_datagram(self.socket.socket(), &mut [IoSliceMut::new(buffer)])?;
            let attached = if received.descriptors.is_empty() {
                Attached::Nothing
            } else {
                let socket = PassedSocket::take(received.descriptors);
                socket.map_or(Attached::Other, Attached::Socket)
            };
            Ok(SetupRequestDatagram {
                size: received.size,
                sender: received.sender,
                attached,
            })
        })
    }

    /// Returns whether another process may receive on the socket too.
    pub(crate) fn is_shared(&self) -> bool {
        self.socket.socket().is_shared()
    }

    /// Lets no more datagrams arrive. Those that have arrived can still be received.
    pub(crate) fn stop(&self) {
        self.socket.socket().stop();
    }
}

impl<S: ReadReadiness> SetupInbox<S> {
    /// Receives from now on from `peer` only, which has sent a datagram from `source`.
    pub(crate) fn into_receiver(
        self,
        peer: Credentials,
        source: Option<SourceAddress>,
    ) -> SocketReceiver<S> {
        SocketReceiver::of_handshake(self.socket, peer, source)
    }

    /// Returns whether the process can take the descriptors that a sender may attach to a datagram.
    #[cfg(feature = "tokio")]
    #[expect(clippy::unused_self, reason = "it is a property of receiving")]
    pub(crate) fn has_descriptor_room(&self) -> bool {
        has_descriptor_room()
    }

    /// Receives the next datagram, if one has arrived, as far as it fits, with the address of its sender. Otherwise
    /// clears the runtime's readiness, so that `readable` waits.
    pub(crate) fn try_receive_from(
        &self,
        buffer: &mut [u8],
    ) -> io::Result<Option<(SetupDatagram, Option<SourceAddress>)>> {
        self.attempt(|| {
            let source = peek_source(self.socket.socket())?;
            Ok((self.receive(buffer)?, source))
        })
    }

    /// Returns whether the process can take the socket that a client of its own user has attached to the next setup
    /// message, if it has.
    #[cfg(feature = "tokio")]
    pub(crate) fn has_room_for_socket(&self) -> bool {
        has_room_for(DESCRIPTORS_TO_TAKE_ONE) || !self.socket.socket().next_brings_descriptors()
    }

    fn receive(&self, buffer: &mut [u8]) -> io::Result<SetupDatagram> {
        let received = receive_datagram(self.socket.socket(), &mut [IoSliceMut::new(buffer)])?;
        Ok(SetupDatagram {
            size: received.size,
            peer: received
                .sender
                .filter(|sender| sender.is_visible() && received.descriptors.is_empty()),
        })
    }

    fn attempt<R>(&self, mut receive: impl FnMut() -> io::Result<R>) -> io::Result<Option<R>> {
        loop {
            return match self.socket.attempt(&mut receive) {
                Ok(received) => Ok(Some(received)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
                Err(error) if is_transient(&error) => continue,
                Err(error) => Err(error),
            };
        }
    }
}
