//! A socket that a runtime waits for until it is readable, while it is registered.

use std::future::{pending, poll_fn};
use std::io;
use std::os::fd::AsRawFd;
use std::sync::Arc;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::reachable_socket::ReachableSocket;
use super::readiness::ReadReadiness;

/// A socket that a runtime waits for until it is readable, while it is registered.
///
/// A registered socket wakes its runtime for each datagram. So one that is polled is not registered.
#[derive(Debug)]
pub(crate) struct RegisteredSocket {
    /// The first field, so that the socket is unregistered before it is closed.
    registration: Option<AsyncFd<Arc<ReachableSocket>>>,
    socket: Arc<ReachableSocket>,
}

impl RegisteredSocket {
    /// Registers a socket with the runtime.
    pub(super) fn new(socket: Arc<ReachableSocket>) -> io::Result<Self> {
        let mut unregistered = Self::unregistered(socket);
        unregistered.register()?;
        Ok(unregistered)
    }

    /// Wraps a socket that is registered later, or never.
    pub(super) const fn unregistered(socket: Arc<ReachableSocket>) -> Self {
        Self {
            registration: None,
            socket,
        }
    }

    /// Registers the socket with the runtime, unless it is registered.
    pub(super) fn register(&mut self) -> io::Result<()> {
        if self.registration.is_none() {
            self.registration = Some(register(Arc::clone(&self.socket), Interest::READABLE)?);
        }
        Ok(())
    }

    /// Returns whether the socket is registered with the runtime.
    pub(super) const fn is_registered(&self) -> bool {
        self.registration.is_some()
    }

    /// Unregisters the socket: it is polled.
    pub(super) fn unregister(&mut self) {
        self.registration = None;
    }

    /// Waits until a datagram may have arrived. Waits indefinitely if the socket is not registered.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(super) async fn readable(&self) -> io::Result<()> {
        match &self.registration {
            // Smaller than the future of `readable`, which every connection would keep: one task alone waits here.
            Some(socket) => poll_fn(|cx| socket.poll_read_ready(cx).map_ok(drop)).await,
            None => pending().await,
        }
    }
}

impl ReadReadiness for RegisteredSocket {
    fn socket(&self) -> &ReachableSocket {
        &self.socket
    }

    fn attempt<R>(&self, receive: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        match &self.registration {
            Some(socket) => socket.try_io(Interest::READABLE, |_| receive()),
            None => receive(),
        }
    }
}

/// Registers a socket with the runtime, to wait for one event. `UnixDatagram` waits for both, and so wakes its runtime
/// for each datagram that the peer receives.
#[expect(
    deprecated,
    reason = "its successor is unsafe, for types whose descriptor may change; those of sockets do not"
)]
pub(super) fn register<S: AsRawFd>(socket: S, interest: Interest) -> io::Result<AsyncFd<S>> {
    AsyncFd::with_interest(socket, interest)
}
