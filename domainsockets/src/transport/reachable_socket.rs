//! A socket that peers can send to. If its queue is not empty, another thread closes it.

use std::io::{self, IoSliceMut};
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::process;

use nix::sys::socket::{MsgFlags, recvmsg};
use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_passcred;
use rustix::net::{RecvFlags, Shutdown, recv, shutdown};

use super::descriptor_closer::close_socket;
use super::users::is_foreign;

/// A socket that peers can send to.
///
/// With the socket the kernel closes the descriptors in its queue, **inside of**
/// close(2), for as long as that takes. So if the queue is not empty when this is dropped, a thread that serves no calls
/// closes the socket. If the process has no free descriptor for that, the caller's thread does. So does it for a socket
/// pair whose other end this user or root has: they need no descriptors to hold this process up.
#[derive(Debug)]
pub(crate) struct ReachableSocket {
    socket: OwnedFd,
    kind: SocketKind,
    /// The process that has the socket. A forked child has it too, and must not end it for its parent.
    process: u32,
}

/// The kind of a socket, which decides how it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SocketKind {
    /// A datagram socket of this process.
    Datagram,
    /// A datagram socket that another process may have open too, and go on receiving.
    Shared,
    /// One end of a socket pair, whose other end a process of this user has.
    Pair(Option<u32>),
}

impl ReachableSocket {
    pub(super) fn new(socket: OwnedFd) -> Self {
        Self {
            socket,
            kind: SocketKind::Datagram,
            process: process::id(),
        }
    }

    /// Wraps a socket that another process may have open too.
    #[cfg(feature = "tokio")]
    pub(super) fn shared(socket: OwnedFd) -> Self {
        Self {
            socket,
            kind: SocketKind::Shared,
            process: process::id(),
        }
    }

    /// Wraps one end of a socket pair, whose other end a process of this user has, if it is known.
    pub(super) fn pair(socket: OwnedFd, user: Option<u32>) -> Self {
        Self {
            socket,
            kind: SocketKind::Pair(user),
            process: process::id(),
        }
    }

    /// Returns whether another process may have the socket open too, and go on receiving.
    #[cfg(feature = "tokio")]
    pub(super) fn is_shared(&self) -> bool {
        self.kind == SocketKind::Shared
    }

    /// Returns whether this is one end of a socket pair.
    pub(super) const fn is_pair(&self) -> bool {
        matches!(self.kind, SocketKind::Pair(_))
    }

    /// Ends both directions of a socket pair. The peer still receives what was sent before, and then the end.
    pub(super) fn shut_down(&self) {
        if self.is_pair() && self.is_own() {
            // It fails only if the other end is closed.
            let _ = shutdown(&self.socket, Shutdown::Both);
        }
    }

    /// Lets no more datagrams arrive, unless another process has the socket open too.
    #[cfg(feature = "tokio")]
    pub(super) fn stop(&self) {
        if self.kind != SocketKind::Shared {
            // It fails only if nothing can arrive.
            let _ = shutdown(&self.socket, Shutdown::Read);
        }
    }

    /// Returns whether this process has created or received the socket, rather than inherited it by a fork.
    pub(super) fn is_own(&self) -> bool {
        self.process == process::id()
    }

    /// Returns whether no datagram has arrived, not even an empty one. The end of a socket pair is none.
    pub(super) fn is_empty(&self) -> bool {
        let flags = RecvFlags::DONTWAIT | RecvFlags::PEEK;
        loop {
            return match recv(&self.socket, &mut [0; 1][..], flags) {
                Err(Errno::AGAIN) => true,
                // The other end was closed with datagrams unread. What it has sent follows.
                Err(Errno::CONNRESET | Errno::INTR) => continue,
                // As long as this side does not close the socket, an empty datagram is as good as the end.
                Ok((0, _)) => self.is_pair(),
                _ => false,
            };
        }
    }

    /// Returns whether the queue may contain descriptors. On a socket pair, an empty datagram looks like the end unless
    /// the credentials of its sender are asked for.
    fn may_hold_descriptors(&self) -> bool {
        if !self.is_pair() {
            return !self.is_empty();
        }
        let mut control = [0; CREDENTIALS_ONLY];
        let is_end = self
            .peek(&mut control)
            .is_ok_and(|(size, has_more)| size == 0 && !has_more);
        !is_end || control != [0; CREDENTIALS_ONLY]
    }

    /// Returns whether descriptors are attached to the next datagram.
    #[cfg(feature = "tokio")]
    pub(super) fn next_brings_descriptors(&self) -> bool {
        let peeked = self.peek(&mut [0; CREDENTIALS_ONLY]);
        peeked.is_ok_and(|(_, has_more)| has_more)
    }

    /// Looks at the next datagram. Returns its size, of at most one byte, and whether more is attached than credentials.
    fn peek(&self, control: &mut [u8; CREDENTIALS_ONLY]) -> io::Result<(usize, bool)> {
        set_socket_passcred(&self.socket, true)?;
        let mut first = [0; 1];
        let mut parts = [IoSliceMut::new(&mut first)];
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_PEEK;
        let peeked = recvmsg::<()>(self.socket.as_raw_fd(), &mut parts, Some(control), flags)?;
        let has_more = peeked.flags.contains(MsgFlags::MSG_CTRUNC);
        Ok((peeked.bytes, has_more))
    }

    pub(super) fn try_clone(&self) -> io::Result<OwnedFd> {
        self.socket.try_clone()
    }
}

impl AsFd for ReachableSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for ReachableSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

impl Drop for ReachableSocket {
    fn drop(&mut self) {
        if !self.is_own() {
            return;
        }
        // From then on the kernel refuses to add to the queue.
        if self.kind != SocketKind::Shared && shutdown(&self.socket, Shutdown::Read).is_err() {
            return;
        }
        let is_foreign = match self.kind {
            SocketKind::Pair(user) => user.is_none_or(is_foreign),
            SocketKind::Datagram | SocketKind::Shared => true,
        };
        // The thread has the only descriptor of this process: were it to close a duplicate first, this thread would
        // close the socket.
        if is_foreign
            && self.may_hold_descriptors()
            && let Ok(placeholder) = eventfd(0, EventfdFlags::CLOEXEC)
        {
            let user = match self.kind {
                SocketKind::Pair(user) => user,
                SocketKind::Datagram | SocketKind::Shared => None,
            };
            close_socket(user, mem::replace(&mut self.socket, placeholder));
        }
    }
}

/// The room for one control message with the credentials of a sender, and for no descriptor (`CMSG_SPACE`, cmsg(3)).
const CREDENTIALS_ONLY: usize = 32;

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    use super::ReachableSocket;

    #[test]
    fn an_inherited_socket_is_not_shut_down() {
        let pair = || UnixStream::pair().unwrap();
        for is_own in [true, false] {
            let (ours, mut theirs) = pair();
            // Stands for the descriptor of the parent of a forked process.
            let parents = ours.try_clone().unwrap();
            let mut socket = ReachableSocket::pair(ours.into(), None);
            socket.process += u32::from(!is_own);
            socket.shut_down();
            drop(socket);
            theirs.set_nonblocking(true).unwrap();
            let is_ended = theirs.read(&mut [0]).is_ok_and(|size| size == 0);
            assert_eq!(is_ended, is_own);
            drop(parents);
        }
    }
}
