//! Waiting for room in a peer's queue.

use std::future::{pending, poll_fn};
use std::io;

use tokio::io::Interest;
use tokio::net::UnixDatagram;

use super::sender::Sender;

/// A sending socket as the runtime watches it, while its peer's queue is full.
///
/// A watched socket wakes its runtime for each datagram that the peer takes, so it is not watched for
/// long after somebody has waited for room. But a queue that was full is soon full again.
#[derive(Debug, Default)]
pub(crate) struct WriteReadiness {
    watched: Option<UnixDatagram>,
    /// How often it has been left since it was last wanted.
    left: u32,
}

/// Room that may be there.
#[derive(Debug)]
pub(crate) struct WritePermit<'a> {
    socket: &'a UnixDatagram,
}

impl WriteReadiness {
    /// Begins to watch, if it has not begun.
    pub(crate) fn watch(&mut self, sender: &Sender) -> io::Result<()> {
        self.left = 0;
        if self.watched.is_none() {
            self.watched = Some(UnixDatagram::from_std(sender.try_clone()?.into())?);
        }
        Ok(())
    }

    /// Watches no more, once it is said often in a row.
    pub(crate) fn leave(&mut self) {
        self.left = self.left.saturating_add(1);
        if self.left == PATIENCE {
            self.watched = None;
        }
    }

    /// Waits until the peer has made room in its queue, or has gone; for ever if that is not wanted.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(crate) async fn vacancy(&self) -> io::Result<WritePermit<'_>> {
        let Some(socket) = self.watched.as_ref().filter(|_| self.left == 0) else {
            return pending().await;
        };
        // Smaller than the future of `writable`, which every connection would keep: one task alone waits here.
        poll_fn(|cx| socket.poll_send_ready(cx)).await?;
        Ok(WritePermit { socket })
    }
}

impl WritePermit<'_> {
    /// Has `send` use the room. It says whether the queue is full again, and only then is the next
    /// [`vacancy`](WriteReadiness::vacancy) waited for.
    pub(crate) fn fill(self, send: impl FnOnce() -> bool) {
        // Readiness that the runtime remembers is cleared, unless it is newer than what was tried.
        let _ = self.socket.try_io(Interest::WRITABLE, || {
            if send() {
                Err(io::ErrorKind::WouldBlock.into())
            } else {
                Ok(())
            }
        });
    }
}

/// How often a room is left before it is watched no more: a driver does so once for each time that it
/// receives.
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
            let vacancy = room.vacancy().await.unwrap();
            attempts += 1;
            vacancy.fill(|| match sender.try_send(b"y") {
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
        room.vacancy().await.unwrap();
        assert!(matches!(sender.try_send(b"x"), Err(SendError::Gone)));
        assert!(matches!(sender.try_send(b"x"), Err(SendError::Gone)));
    }
}
