//! The socket of a handshake, to which any process may send that can reach it.

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, OwnedFd};

#[cfg(feature = "tokio")]
use tokio::net::UnixDatagram;

use super::credentials::receive_datagram;
#[cfg(feature = "tokio")]
use super::descriptor_room::has_descriptor_room;
use super::reachable_socket::ReachableSocket;
use super::readiness::{ReadReadiness, is_transient};
use super::source_address::{SourceAddress, peek_source};
use crate::peer::Credentials;

/// A bound socket that receives datagrams of several senders.
#[derive(Debug)]
pub(crate) struct SetupInbox<S: AsFd> {
    pub(super) socket: ReachableSocket<S>,
}

/// A datagram of a handshake, and its sender.
#[derive(Debug)]
pub(crate) struct SetupDatagram {
    /// The true length of the datagram, even if the buffer was shorter.
    pub(crate) size: usize,
    /// The sender's credentials, if this process can see them.
    pub(crate) peer: Option<Credentials>,
}

#[cfg(feature = "blocking")]
impl SetupInbox<OwnedFd> {
    /// Wraps a non-blocking socket that the caller polls.
    pub(crate) const fn unregistered(socket: OwnedFd) -> Self {
        let socket = ReachableSocket::new(socket);
        Self { socket }
    }

    /// Returns the socket, to be polled.
    pub(crate) fn socket(&self) -> &OwnedFd {
        &self.socket
    }
}

#[cfg(feature = "tokio")]
impl SetupInbox<UnixDatagram> {
    /// Registers a non-blocking socket with the runtime.
    pub(crate) fn new(fd: OwnedFd) -> io::Result<Self> {
        let socket = ReachableSocket::new(UnixDatagram::from_std(fd.into())?);
        Ok(Self { socket })
    }

    /// Registers a non-blocking socket that another program has bound, and may have open too.
    pub(crate) fn adopted(fd: OwnedFd) -> io::Result<Self> {
        let socket = ReachableSocket::shared(UnixDatagram::from_std(fd.into())?);
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
}

impl<S: ReadReadiness> SetupInbox<S> {
    /// Returns whether the process can take the descriptors that a sender may attach to a datagram.
    #[cfg(feature = "tokio")]
    #[expect(clippy::unused_self, reason = "it is a property of receiving")]
    pub(crate) fn has_descriptor_room(&self) -> bool {
        has_descriptor_room()
    }

    /// Receives the next datagram, if one has arrived, as far as it fits. Otherwise clears the runtime's
    /// readiness, so that [`readable`](Self::readable) waits.
    pub(crate) fn try_receive(&self, buffer: &mut [u8]) -> io::Result<Option<SetupDatagram>> {
        self.attempt(|| self.receive(buffer))
    }

    /// Receives the next datagram as [`try_receive`](Self::try_receive) does, with the address of its sender.
    pub(crate) fn try_receive_from(
        &self,
        buffer: &mut [u8],
    ) -> io::Result<Option<(SetupDatagram, Option<SourceAddress>)>> {
        self.attempt(|| {
            let source = peek_source(&*self.socket)?;
            Ok((self.receive(buffer)?, source))
        })
    }

    fn receive(&self, buffer: &mut [u8]) -> io::Result<SetupDatagram> {
        let received = receive_datagram(&*self.socket, &mut [IoSliceMut::new(buffer)])?;
        Ok(SetupDatagram {
            size: received.size,
            peer: received.sender.filter(|_| !received.has_descriptors),
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
