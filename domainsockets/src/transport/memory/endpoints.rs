//! The endpoints of connections, over sockets or in memory. Each type does what its namesake without `Any` does,
//! and delegates to that where there is a socket.

use std::future::pending;
use std::io::{self, IoSlice};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::{Arc, Weak};

use tokio::sync::watch;

use super::Queue;
use crate::peer::{Credentials, GroupReader};
use crate::transport::process::{self, Ended};
use crate::transport::receiver::{self, TryReceive};
use crate::transport::registered_socket::RegisteredSocket;
use crate::transport::sender::attempt;
use crate::transport::{ConnectError, Received, SendError, Target, backpressure, sender};

/// The sender of a connection, over a socket or in memory.
#[derive(Debug)]
pub(crate) enum AnySender {
    Socket(sender::Sender),
    Memory(Arc<Queue>),
}

/// The receiver of a connection, over a socket or in memory.
#[derive(Debug)]
pub(crate) enum AnyReceiver {
    Socket(receiver::SocketReceiver<RegisteredSocket>),
    Memory(Arc<Queue>),
}

/// The write readiness of a sender, while the peer's queue is full (backpressure).
#[derive(Debug, Default)]
pub(crate) struct AnyWriteReadiness {
    socket: backpressure::WriteReadiness,
    /// The queue that is watched instead of a socket.
    queue: Option<Arc<Queue>>,
}

/// The permission to send: the queue may have room.
#[derive(Debug)]
pub(crate) enum AnyWritePermit<'a> {
    Socket(backpressure::WritePermit<'a>),
    Memory,
}

/// The process of a peer, real or simulated.
#[derive(Clone, Debug)]
pub(crate) enum AnyProcess {
    Real(process::Process),
    Memory(watch::Receiver<bool>),
}

impl AnySender {
    pub(crate) fn new(fd: OwnedFd) -> Self {
        Self::Socket(sender::Sender::new(fd))
    }

    pub(crate) fn unconnected() -> io::Result<Self> {
        sender::Sender::unconnected().map(Self::Socket)
    }

    pub(crate) fn redirect(&self, target: &Target) -> Result<(), ConnectError> {
        match self {
            Self::Socket(socket) => socket.redirect(target),
            // It is connected from the beginning.
            Self::Memory(_) => Ok(()),
        }
    }

    pub(crate) fn take_name(&self) -> io::Result<()> {
        match self {
            Self::Socket(socket) => socket.take_name(),
            Self::Memory(_) => Ok(()),
        }
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn socket(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Socket(socket) => socket.socket(),
            Self::Memory(_) => None,
        }
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn is_own(&self) -> bool {
        match self {
            Self::Socket(socket) => socket.is_own(),
            Self::Memory(_) => true,
        }
    }

    /// Ends the connection for both sides, if it is one over a socket pair.
    pub(crate) fn shut_down(&self) {
        if let Self::Socket(socket) = self {
            socket.shut_down();
        }
    }

    pub(crate) fn widen(&self) {
        if let Self::Socket(socket) = self {
            socket.widen();
        }
    }

    pub(crate) fn try_pass(&self, message: &[u8], end: BorrowedFd<'_>) -> Result<(), SendError> {
        match self {
            Self::Socket(socket) => socket.try_pass(message, end),
            // It has no handshake.
            Self::Memory(_) => Err(SendError::Gone),
        }
    }

    pub(crate) fn try_send(&self, datagram: &[u8]) -> Result<(), SendError> {
        match self {
            Self::Socket(socket) => socket.try_send(datagram),
            Self::Memory(queue) => attempt(|| queue.push(&[IoSlice::new(datagram)])),
        }
    }

    pub(crate) fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> Result<(), SendError> {
        match self {
            Self::Socket(socket) => socket.try_send_parts(parts),
            Self::Memory(queue) => attempt(|| queue.push(parts)),
        }
    }
}

impl AnyReceiver {
    pub(crate) fn new(fd: OwnedFd, peer: Credentials) -> io::Result<Self> {
        receiver::SocketReceiver::new(fd, peer).map(Self::Socket)
    }

    pub(crate) fn register(&mut self) -> io::Result<()> {
        match self {
            Self::Socket(socket) => socket.register(),
            Self::Memory(_) => Ok(()),
        }
    }

    pub(crate) const fn is_registered(&self) -> bool {
        match self {
            Self::Socket(socket) => socket.is_registered(),
            Self::Memory(_) => true,
        }
    }

    pub(crate) fn unregister(&mut self) {
        if let Self::Socket(socket) = self {
            socket.unregister();
        }
    }

    pub(crate) async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Socket(socket) => socket.readable().await,
            Self::Memory(queue) => queue.readable().await,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Socket(socket) => socket.is_empty(),
            Self::Memory(queue) => queue.is_empty(),
        }
    }

    pub(crate) const fn finish(&mut self) {
        if let Self::Socket(socket) = self {
            socket.finish();
        }
    }
}

impl TryReceive for AnyReceiver {
    fn has_descriptor_room(&self) -> bool {
        match self {
            Self::Socket(socket) => socket.has_descriptor_room(),
            // Nothing can be attached.
            Self::Memory(_) => true,
        }
    }

    fn try_receive(&mut self, room: &mut [u8], buffer: &mut [u8]) -> io::Result<Received> {
        match self {
            Self::Socket(socket) => socket.try_receive(room, buffer),
            Self::Memory(queue) => queue.pop(room, buffer),
        }
    }
}

impl Drop for AnyReceiver {
    /// A queue without a reader counts as a closed socket.
    fn drop(&mut self) {
        if let Self::Memory(queue) = self {
            queue.lose_reader();
        }
    }
}

impl AnyWriteReadiness {
    pub(crate) fn watch(&mut self, sender: &AnySender) -> io::Result<()> {
        match sender {
            AnySender::Socket(socket) => self.socket.watch(socket),
            AnySender::Memory(queue) => {
                self.queue = Some(Arc::clone(queue));
                Ok(())
            }
        }
    }

    pub(crate) fn leave(&mut self) {
        self.queue = None;
        self.socket.leave();
    }

    pub(crate) async fn permit(&self) -> io::Result<AnyWritePermit<'_>> {
        match &self.queue {
            Some(queue) => {
                queue.writable().await;
                Ok(AnyWritePermit::Memory)
            }
            None => self.socket.permit().await.map(AnyWritePermit::Socket),
        }
    }
}

impl AnyWritePermit<'_> {
    pub(crate) fn fill(self, send: impl FnOnce() -> bool) {
        match self {
            Self::Socket(socket) => socket.fill(send),
            // The queue's room is checked each time.
            Self::Memory => {
                send();
            }
        }
    }
}

impl AnyProcess {
    pub(crate) fn watch(pid: u32) -> Result<Self, Ended> {
        process::Process::watch(pid).map(Self::Real)
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn pidfd(&self) -> Option<Arc<OwnedFd>> {
        match self {
            Self::Real(process) => process.pidfd(),
            Self::Memory(_) => None,
        }
    }

    pub(crate) fn group_reader(&self) -> Option<Weak<dyn GroupReader>> {
        match self {
            Self::Real(process) => process.group_reader(),
            Self::Memory(_) => None,
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        match self {
            Self::Real(process) => process.has_ended(),
            // Its end is reported by `ended` only.
            Self::Memory(_) => false,
        }
    }

    pub(crate) async fn ended(self) {
        match self {
            Self::Real(process) => process.ended().await,
            Self::Memory(mut has_ended) => {
                let has_ended = has_ended.wait_for(|has_ended| *has_ended).await.is_ok();
                if !has_ended {
                    // The link is dropped, so the process cannot end any more.
                    pending::<()>().await;
                }
            }
        }
    }
}
