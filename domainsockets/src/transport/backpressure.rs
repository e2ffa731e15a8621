//! Backpressure of the kernel: waiting until a peer's full queue has room again.

use std::future::{pending, poll_fn};
use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::registered_socket::register;
use super::sender::Sender;

/// The write readiness of a socket, which the runtime watches while the peer's queue is full.
///
/// A watched socket wakes its runtime for each datagram that the peer receives. So it is unregistered, but only
/// after a while: a queue that was full is soon full again.
#[derive(Debug, Default)]
pub(crate) struct WriteReadiness {
    watched: Option<AsyncFd<OwnedFd>>,
    /// How often in a row it was not waited for.
    left: u32,
}

/// The permission to send: the queue may have room.
#[derive(Debug)]
pub(crate) struct WritePermit<'a> {
    socket: &'a AsyncFd<OwnedFd>,
}

impl WriteReadiness {
    /// Registers the socket with the runtime, if it is not registered.
    pub(crate) fn watch(&mut self, sender: &Sender) -> io::Result<()> {
        self.left = 0;
        if self.watched.is_none() {
            self.watched = Some(register(sender.try_clone()?, Interest::WRITABLE)?);
        }
        Ok(())
    }

    /// Unregisters the socket, if this is called [`PATIENCE`] times in a row.
    pub(crate) fn leave(&mut self) {
        self.left = self.left.saturating_add(1);
        if self.left == PATIENCE {
            self.watched = None;
        }
    }

    /// Waits until the peer's queue has room, or the peer is gone. Waits indefinitely if the socket is not
    /// watched.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(crate) async fn permit(&self) -> io::Result<WritePermit<'_>> {
        let Some(socket) = self.watched.as_ref().filter(|_| self.left == 0) else {
            return pending().await;
        };
        // Smaller than the future of `writable`, which every connection would keep: one task alone waits here.
        poll_fn(|cx| socket.poll_write_ready(cx).map_ok(drop)).await?;
        Ok(WritePermit { socket })
    }
}

impl WritePermit<'_> {
    /// Fills the queue with `send`, which returns whether the queue is full again. Only then does the next
    /// [`permit`](WriteReadiness::permit) wait.
    pub(crate) fn fill(self, send: impl FnOnce() -> bool) {
        // Clears the readiness that the runtime remembers, unless it is newer than the attempt.
        let _ = self.socket.try_io(Interest::WRITABLE, |_| {
            if send() {
                Err(io::ErrorKind::WouldBlock.into())
            } else {
                Ok(())
            }
        });
    }
}

/// How often in a row a driver does not wait for room, once for each time that it receives, before the socket
/// is unregistered.
const PATIENCE: u32 = 100;

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use crate::transport::{Reach, SendError, Sender, Target, WriteReadiness, bind_connection};

    #[tokio::test]
    async fn full_queue_costs_one_attempt_a_wait() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (fd, _file) = bind_connection(&path, Reach::Owner).unwrap();
        let peer = UnixDatagram::from(fd);
        let target = Target::find(&path).unwrap();
        let sender = Sender::new(target.connect().unwrap());
        let mut queued = 0;
        while sender.try_send(b"x").is_ok() {
            queued += 1;
            assert!(queued < 1000, "the queue has no end");
        }
        let mut room = WriteReadiness::default();
        room.watch(&sender).unwrap();
        let (mut attempts, mut sent) = (0, 0);
        while sent < 20 {
            peer.recv(&mut [0]).unwrap();
            let permit = room.permit().await.unwrap();
            attempts += 1;
            permit.fill(|| match sender.try_send(b"y") {
                Ok(()) => {
                    sent += 1;
                    false
                }
                Err(SendError::Full) => true,
                Err(error) => panic!("{error:?}"),
            });
        }
        assert!(attempts <= 22, "{attempts} attempts for 20 datagrams");
    }

    #[tokio::test]
    async fn waiting_for_room_ends_with_the_peer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (fd, _file) = bind_connection(&path, Reach::Owner).unwrap();
        let target = Target::find(&path).unwrap();
        let sender = Sender::new(target.connect().unwrap());
        while sender.try_send(b"x").is_ok() {}
        let mut room = WriteReadiness::default();
        room.watch(&sender).unwrap();
        drop(fd);
        room.permit().await.unwrap();
        assert!(matches!(sender.try_send(b"x"), Err(SendError::Gone)));
        assert!(matches!(sender.try_send(b"x"), Err(SendError::Gone)));
    }
}
