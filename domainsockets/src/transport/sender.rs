//! The sending end of a connection.

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::sync::OnceLock;

use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendFlags};
use tokio::io::Interest;
use tokio::net::UnixDatagram;

/// A socket connected to its peer's.
#[derive(Debug)]
pub(crate) struct Sender {
    fd: OwnedFd,
    /// The same socket as the runtime watches it, from when the peer's queue is first full. Most
    /// connections come and go without.
    watched: OnceLock<UnixDatagram>,
}

/// Why a datagram was not sent.
#[derive(Debug)]
pub(crate) enum SendError {
    /// The peer's queue is full: see [`Sender::writable`].
    Full,
    /// The kernel carries no datagram of this size here.
    TooLong,
    /// The kernel has no memory for a datagram of this size now.
    NoMemory,
    /// The peer's socket is closed.
    Gone,
    Io(io::Error),
}

impl Sender {
    pub(crate) fn new(fd: OwnedFd) -> Self {
        Self {
            fd,
            watched: OnceLock::new(),
        }
    }

    /// Sends one datagram, without waiting.
    pub(crate) fn try_send(&self, datagram: &[u8]) -> Result<(), SendError> {
        self.attempt(|| rustix::net::send(&self.fd, datagram, flags()))
    }

    /// Sends one datagram gathered from parts, without waiting.
    pub(crate) fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> Result<(), SendError> {
        self.attempt(|| {
            let mut control = SendAncillaryBuffer::default();
            rustix::net::sendmsg(&self.fd, parts, &mut control, flags())
        })
    }

    /// Waits until the peer has made room in its queue, or has gone.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        let watched = if let Some(watched) = self.watched.get() {
            watched
        } else {
            let socket = UnixDatagram::from_std(self.fd.try_clone()?.into())?;
            self.watched.get_or_init(|| socket)
        };
        watched.writable().await
    }

    fn attempt(&self, send: impl Fn() -> rustix::io::Result<usize>) -> Result<(), SendError> {
        loop {
            // An unwatched socket is simply tried. On a watched one a full queue must clear the
            // readiness that the runtime remembers, or `writable` would not wait.
            let outcome = match self.watched.get() {
                None => send(),
                Some(watched) => match watched.try_io(Interest::WRITABLE, || Ok(send()?)) {
                    Ok(size) => Ok(size),
                    Err(error) => Err(Errno::from_io_error(&error).unwrap_or(Errno::AGAIN)),
                },
            };
            return match outcome {
                Ok(_) => Ok(()),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Err(SendError::Full),
                Err(Errno::MSGSIZE) => Err(SendError::TooLong),
                Err(Errno::NOBUFS | Errno::NOMEM) => Err(SendError::NoMemory),
                Err(Errno::CONNREFUSED | Errno::NOTCONN | Errno::PIPE | Errno::CONNRESET) => {
                    Err(SendError::Gone)
                }
                Err(error) => Err(SendError::Io(error.into())),
            };
        }
    }
}

fn flags() -> SendFlags {
    SendFlags::DONTWAIT | SendFlags::NOSIGNAL
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::{SendError, Sender};
    use crate::transport::{bind_private, connect};

    #[tokio::test]
    async fn full_queue_costs_one_attempt_a_wait() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (fd, _file) = bind_private(&path).unwrap();
        let peer = UnixDatagram::from(fd);
        let sender = Sender::new(connect(&path).unwrap());
        let mut queued = 0;
        while sender.try_send(b"x").is_ok() {
            queued += 1;
            assert!(queued < 1000, "the queue has no end");
        }
        let (mut attempts, mut sent) = (0, 0);
        while sent < 20 {
            peer.recv(&mut [0]).unwrap();
            sender.writable().await.unwrap();
            attempts += 1;
            match sender.try_send(b"y") {
                Ok(()) => sent += 1,
                Err(SendError::Full) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(attempts <= 22, "{attempts} attempts for 20 datagrams");
    }

    #[tokio::test]
    async fn waiting_for_room_ends_with_the_peer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (fd, _file) = bind_private(&path).unwrap();
        let sender = Sender::new(connect(&path).unwrap());
        while sender.try_send(b"x").is_ok() {}
        drop(fd);
        sender.writable().await.unwrap();
        assert!(matches!(sender.try_send(b"x"), Err(SendError::Gone)));
        assert!(matches!(sender.try_send(b"x"), Err(SendError::Gone)));
    }

    #[test]
    fn too_long_and_gone_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (fd, _file) = bind_private(&path).unwrap();
        let sender = Sender::new(connect(&path).unwrap());
        assert!(matches!(
            sender.try_send(&vec![0; 64 << 20]),
            Err(SendError::TooLong)
        ));
        drop(fd);
        assert!(matches!(sender.try_send(b"x"), Err(SendError::Gone)));
    }
}
