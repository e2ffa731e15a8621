//! A socket that peers can send to, whose queue is emptied before it is closed.

use std::io::IoSliceMut;
use std::ops::Deref;
use std::os::fd::AsFd;

use rustix::net::{Shutdown, shutdown};

use super::credentials::receive_datagram;
use super::readiness::is_transient;

/// A socket that peers can send to. When it is dropped, its queue is emptied first: with the socket the kernel would close
/// the descriptors in the queue, **inside of** close(2), for as long as that takes.
#[derive(Debug)]
pub(super) struct DrainedSocket<S: AsFd> {
    socket: S,
    /// Whether another process has the socket open too, and receives what comes later. Then closing it here closes no
    /// queue.
    is_shared: bool,
}

impl<S: AsFd> DrainedSocket<S> {
    pub(super) const fn new(socket: S) -> Self {
        Self {
            socket,
            is_shared: false,
        }
    }

    /// Wraps a socket that another process has open too. Its queue is left alone.
    #[cfg(feature = "tokio")]
    pub(super) const fn shared(socket: S) -> Self {
        Self {
            socket,
            is_shared: true,
        }
    }
}

impl<S: AsFd> Deref for DrainedSocket<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.socket
    }
}

impl<S: AsFd> Drop for DrainedSocket<S> {
    fn drop(&mut self) {
        // From then on the kernel refuses to add to the queue, so this ends.
        if self.is_shared || shutdown(&self.socket, Shutdown::Read).is_err() {
            return;
        }
        let mut buffer = [0; 1];
        loop {
            match receive_datagram(&self.socket, &mut [IoSliceMut::new(&mut buffer)]) {
                Ok(_) => {}
                Err(error) if is_transient(&error) => {}
                Err(_) => return,
            }
        }
    }
}
