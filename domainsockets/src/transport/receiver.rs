//! The receiving end of a connection.

use std::io::{self, IoSliceMut};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvFlags};
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
    /// A datagram of so many bytes. It may be empty.
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

    /// Takes the next datagram, if there is one, into `room` and what does not fit there into
    /// `buffer`. Without one the runtime's readiness is cleared, so that
    /// [`readable`](Self::readable) waits.
    pub(crate) fn try_receive(&self, room: &mut [u8], buffer: &mut [u8]) -> io::Result<Received> {
        loop {
            let received = self.socket.try_io(Interest::READABLE, || {
                Ok(if room.is_empty() {
                    self.receive(buffer)?
                } else {
                    self.receive_parts(room, buffer)?
                })
            });
            return match received {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Received::Empty),
                Err(error) if is_passing(&error) => continue,
                received => received,
            };
        }
    }

    fn receive(&self, buffer: &mut [u8]) -> rustix::io::Result<Received> {
        // With TRUNC the kernel says how long the datagram was, not how much of it fits.
        let flags = RecvFlags::DONTWAIT | RecvFlags::TRUNC;
        let (stored, size) = rustix::net::recv(&self.socket, buffer, flags)?;
        Ok(if stored < size {
            Received::Truncated(size)
        } else {
            Received::Datagram(size)
        })
    }

    fn receive_parts(&self, room: &mut [u8], buffer: &mut [u8]) -> rustix::io::Result<Received> {
        let flags = RecvFlags::DONTWAIT | RecvFlags::TRUNC;
        let mut control = RecvAncillaryBuffer::default();
        let stored = room.len() + buffer.len();
        let mut parts = [IoSliceMut::new(room), IoSliceMut::new(buffer)];
        let size = rustix::net::recvmsg(&self.socket, &mut parts, &mut control, flags)?.bytes;
        Ok(if stored < size {
            Received::Truncated(size)
        } else {
            Received::Datagram(size)
        })
    }
}

/// Whether to try again. A reset is another socket's end, which says nothing of what still arrives.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::INTR | Errno::CONNRESET)
    )
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
            receiver.try_receive(&mut [], &mut buffer).unwrap(),
            Received::Truncated(5000)
        );
        assert_eq!(
            receiver.try_receive(&mut [], &mut buffer).unwrap(),
            Received::Datagram(4)
        );
        assert_eq!(&buffer[..4], b"next");
        assert_eq!(
            receiver.try_receive(&mut [], &mut buffer).unwrap(),
            Received::Datagram(0)
        );
        assert_eq!(
            receiver.try_receive(&mut [], &mut buffer).unwrap(),
            Received::Empty
        );
    }

    #[tokio::test]
    async fn datagram_is_put_where_there_is_room_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (fd, _file) = bind_private(&path).unwrap();
        let receiver = Receiver::new(fd).unwrap();
        let sender = std::os::unix::net::UnixDatagram::from(connect(&path).unwrap());
        for datagram in [&b"abcdef"[..], b"gh", b"0123456789"] {
            sender.send(datagram).unwrap();
        }
        receiver.readable().await.unwrap();
        let (mut room, mut buffer) = ([0; 4], [0; 4]);
        let mut receive = || receiver.try_receive(&mut room, &mut buffer).unwrap();
        assert_eq!(receive(), Received::Datagram(6));
        assert_eq!(receive(), Received::Datagram(2));
        assert_eq!(receive(), Received::Truncated(10));
        assert_eq!((&room, &buffer), (b"0123", b"4567"));
    }
}
