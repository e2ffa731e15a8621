//! The receiving end of a connection.

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::RecvFlags;
use tokio::io::Interest;
use tokio::net::UnixDatagram;

/// A bound socket that datagrams arrive on.
#[derive(Debug)]
pub(crate) struct Receiver {
    socket: UnixDatagram,
}

/// What a receive has found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// A datagram, now in the first so many bytes of the buffer. It may be empty.
    Datagram(usize),
    /// A datagram longer than the buffer, of this true size: its end is lost.
    Truncated(usize),
    /// Nothing.
    Empty,
}

impl Receiver {
    /// Registers a non-blocking socket with the runtime.
    pub(crate) fn new(fd: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            socket: UnixDatagram::from_std(fd.into())?,
        })
    }

    /// Waits until a datagram may be there.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// Takes the next datagram, if there is one. Without one the runtime's readiness is cleared,
    /// so that [`readable`](Self::readable) waits.
    pub(crate) fn try_receive(&self, buffer: &mut [u8]) -> io::Result<Received> {
        loop {
            // With TRUNC the kernel says how long the datagram was, not how much of it fits.
            let received = self.socket.try_io(Interest::READABLE, || {
                let flags = RecvFlags::DONTWAIT | RecvFlags::TRUNC;
                Ok(rustix::net::recv(&self.socket, &mut *buffer, flags)?)
            });
            return match received {
                Ok((stored, size)) if stored < size => Ok(Received::Truncated(size)),
                Ok((stored, _)) => Ok(Received::Datagram(stored)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Received::Empty),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // A reset is another socket's end, which says nothing of what still arrives here.
                Err(error) if error.raw_os_error() == Some(Errno::CONNRESET.raw_os_error()) => {
                    continue;
                }
                Err(error) => Err(error),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Received, Receiver};
    use crate::transport::{bind_private, connect};

    #[tokio::test]
    async fn truncation_is_told_with_the_true_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (fd, _file) = bind_private(&path).unwrap();
        let receiver = Receiver::new(fd).unwrap();
        let sender = std::os::unix::net::UnixDatagram::from(connect(&path).unwrap());
        sender.send(&[7; 5000]).unwrap();
        sender.send(b"next").unwrap();
        sender.send(b"").unwrap();
        receiver.readable().await.unwrap();
        let mut buffer = [0; 4096];
        assert_eq!(
            receiver.try_receive(&mut buffer).unwrap(),
            Received::Truncated(5000)
        );
        assert_eq!(
            receiver.try_receive(&mut buffer).unwrap(),
            Received::Datagram(4)
        );
        assert_eq!(&buffer[..4], b"next");
        assert_eq!(
            receiver.try_receive(&mut buffer).unwrap(),
            Received::Datagram(0)
        );
        assert_eq!(receiver.try_receive(&mut buffer).unwrap(), Received::Empty);
    }
}
