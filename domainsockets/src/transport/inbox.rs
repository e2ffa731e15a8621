//! A socket that anybody may write to who can reach it: the place of handshakes.

use std::io::{self, IoSliceMut};
use std::os::fd::OwnedFd;

#[cfg(feature = "tokio")]
use tokio::net::UnixDatagram;

use super::credentials::{SourceAddress, peek_source, receive_stamped};
use super::readiness::{ReadReadiness, is_transient};
use crate::peer::Credentials;

/// A bound socket that datagrams of several senders arrive on.
#[derive(Debug)]
pub(crate) struct SetupInbox<S> {
    pub(super) socket: S,
}

/// A datagram and its sender.
#[derive(Debug)]
pub(crate) struct SetupDatagram {
    /// Its true length, however much of it there was room for.
    pub(crate) size: usize,
    /// Who has sent it, if this process can know.
    pub(crate) peer: Option<Credentials>,
}

#[cfg(feature = "blocking")]
impl SetupInbox<OwnedFd> {
    /// Receives on a non-blocking socket for which somebody else waits.
    pub(crate) const fn unregistered(socket: OwnedFd) -> Self {
        Self { socket }
    }

    /// What is to be waited for.
    pub(crate) const fn socket(&self) -> &OwnedFd {
        &self.socket
    }
}

#[cfg(feature = "tokio")]
impl SetupInbox<UnixDatagram> {
    /// Registers a non-blocking socket with the runtime.
    pub(crate) fn new(fd: OwnedFd) -> io::Result<Self> {
        let socket = UnixDatagram::from_std(fd.into())?;
        Ok(Self { socket })
    }

    /// Waits until a datagram may be there.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }
}

impl<S: ReadReadiness> SetupInbox<S> {
    /// Takes the next datagram, if there is one, as far as it fits. Without one the runtime's
    /// readiness is cleared, so that [`readable`](Self::readable) waits.
    pub(crate) fn try_receive(&self, buffer: &mut [u8]) -> io::Result<Option<SetupDatagram>> {
        self.attempt(|| self.receive(buffer))
    }

    /// Takes the next datagram as [`try_receive`](Self::try_receive) does, and says where it comes
    /// from.
    pub(crate) fn try_receive_from(
        &self,
        buffer: &mut [u8],
    ) -> io::Result<Option<(SetupDatagram, Option<SourceAddress>)>> {
        self.attempt(|| {
            let source = peek_source(&self.socket)?;
            Ok((self.receive(buffer)?, source))
        })
    }

    fn receive(&self, buffer: &mut [u8]) -> io::Result<SetupDatagram> {
        let stamp = receive_stamped(&self.socket, &mut [IoSliceMut::new(buffer)])?;
        Ok(SetupDatagram {
            size: stamp.size,
            peer: stamp.peer.filter(|_| !stamp.stuffed),
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
