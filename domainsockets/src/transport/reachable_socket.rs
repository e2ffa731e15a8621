//! A socket that peers can send to. If its queue is not empty, another thread closes it.

use std::ops::Deref;
use std::os::fd::AsFd;

use rustix::io::Errno;
use rustix::net::{RecvFlags, Shutdown, recv, shutdown};

use super::descriptor_closer::close_socket;

/// A socket that peers can send to.
///
/// With the socket the kernel closes the descriptors in its queue, **inside of**
/// close(2), for as long as that takes. So if the queue is not empty when this is dropped, a thread that serves no calls
/// closes the socket. If the process has no free descriptor for that, the caller's thread does.
#[derive(Debug)]
pub(super) struct ReachableSocket<S: AsFd> {
    socket: S,
    /// Whether another process may have the socket open too, and go on receiving.
    is_shared: bool,
}

impl<S: AsFd> ReachableSocket<S> {
    pub(super) const fn new(socket: S) -> Self {
        Self {
            socket,
            is_shared: false,
        }
    }

    /// Wraps a socket that another process may have open too.
    #[cfg(feature = "tokio")]
    pub(super) const fn shared(socket: S) -> Self {
        Self {
            socket,
            is_shared: true,
        }
    }
}

impl<S: AsFd> Deref for ReachableSocket<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.socket
    }
}

impl<S: AsFd> Drop for ReachableSocket<S> {
    fn drop(&mut self) {
        // From then on the kernel refuses to add to the queue.
        if !self.is_shared && shutdown(&self.socket, Shutdown::Read).is_err() {
            return;
        }
        let flags = RecvFlags::DONTWAIT | RecvFlags::PEEK;
        let is_empty = matches!(
            recv(&self.socket, &mut [0; 1][..], flags),
            Err(Errno::AGAIN)
        );
        if !is_empty && let Ok(same) = self.socket.as_fd().try_clone_to_owned() {
            close_socket(same);
        }
    }
}
