//! The receiver of a connection, which accepts the datagrams of one process only.

use std::io::{self, IoSliceMut};
#[cfg(feature = "tokio")]
use std::os::fd::OwnedFd;
#[cfg(feature = "blocking")]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(feature = "tokio")]
use std::sync::Arc;

use super::credentials::{ReceivedDatagram, receive_datagram};
use super::descriptor_room::has_descriptor_room;
use super::reachable_socket::ReachableSocket;
#[cfg(feature = "blocking")]
use super::readiness::PolledSocket;
use super::readiness::{ReadReadiness, is_transient};
#[cfg(feature = "tokio")]
use super::registered_socket::RegisteredSocket;
use super::source_address::{SourceAddress, peek_source};
use super::users::is_foreign;
use crate::peer::Credentials;
use rustix::net::sockopt::set_socket_passcred;

/// A receiver that a driver takes datagrams from.
pub(crate) trait TryReceive {
    /// Receives the next datagram, if one has arrived, into `room`, and the part that does not fit there into
    /// `buffer`. Otherwise clears the runtime's readiness.
    fn try_receive(&mut self, room: &mut [u8], buffer: &mut [u8]) -> io::Result<Received>;

    /// Returns whether the process can take the descriptors that a peer may attach to a datagram. Otherwise the caller
    /// pauses before it receives.
    fn has_descriptor_room(&self) -> bool;
}

/// A socket that receives the datagrams of one process.
///
/// To one end of a socket pair nobody else can send. Every process that can reach a bound socket can send to it. So the
/// sender of each datagram is checked, until the
/// kernel rejects other senders. It does so once this socket is connected back to the socket that the peer sends
/// from. That takes a name, which the Go package does not give to its socket.
///
/// Never send on a bound socket: after the peer's death that would disconnect it, and let other processes send.
#[derive(Debug)]
pub(crate) struct SocketReceiver<S> {
    socket: S,
    guard: Guard,
    /// Whether the peer is another user than this process's and root, so that its descriptors may be meant to do harm.
    is_foreign: bool,
    /// Whether to receive without asking the runtime for readiness.
    is_last: bool,
}

/// The result of a receive.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// A datagram of this size. It may be empty.
    Datagram(usize),
    /// A datagram of this size that was longer than the buffer: its end is lost.
    Truncated(usize),
    /// The first datagram of the process that has the other end of a socket pair, with its credentials, if the kernel
    /// knows them. It is of this size, as [`Datagram`](Self::Datagram) or [`Truncated`](Self::Truncated) would be.
    First(Option<Credentials>, usize),
    /// The other end of the socket pair is closed, and everything that was sent before is received.
    End,
    /// A datagram of another process, which was discarded.
    Foreign,
    /// No datagram.
    Empty,
}

/// The guard against datagrams of other processes.
#[derive(Debug)]
enum Guard {
    /// The sender of each datagram is checked.
    Check {
        peer: Credentials,
        lock: Lock,
        /// The number of received datagrams.
        count: u32,
    },
    /// The kernel rejects other senders.
    Lock,
    /// This is one end of a socket pair. The first datagram shows which process has the other end.
    Greeting,
    /// This is one end of a socket pair, whose other end a known process has.
    Pair,
}

/// How far the kernel rejects other senders than the peer's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    /// It does not: the name of the peer's socket is not known.
    Open,
    /// It does, but datagrams may be queued that other processes have sent before.
    Draining,
    /// It does, and those are received. The next datagram shows which process has the name that the socket is
    /// connected to.
    Proving,
    /// It cannot: the peer's socket has no name, or connecting has failed.
    Impossible,
}

#[cfg(feature = "tokio")]
impl SocketReceiver<RegisteredSocket> {
    /// Registers a non-blocking socket with the runtime, for the datagrams of this process.
    pub(crate) fn new(fd: OwnedFd, peer: Credentials) -> io::Result<Self> {
        let socket = RegisteredSocket::new(Arc::new(ReachableSocket::new(fd)))?;
        Ok(Self::guarded(socket, peer))
    }

    /// Receives on the server's end of a socket pair, which this client has passed.
    pub(crate) fn of_pair(socket: RegisteredSocket, client: Credentials) -> Self {
        Self {
            socket,
            guard: Guard::Pair,
            is_foreign: is_foreign(client.uid),
            is_last: false,
        }
    }

    /// Registers the socket with the runtime, unless it is registered.
    pub(crate) fn register(&mut self) -> io::Result<()> {
        self.socket.register()
    }

    /// Returns whether the socket is registered with the runtime.
    pub(crate) const fn is_registered(&self) -> bool {
        self.socket.is_registered()
    }

    /// Unregisters the socket: the caller polls it.
    pub(crate) fn unregister(&mut self) {
        self.socket.unregister();
    }

    /// Waits until a datagram may have arrived. Waits indefinitely if the socket is not registered.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }
}

#[cfg(feature = "blocking")]
impl SocketReceiver<PolledSocket> {
    /// Returns the socket, to be polled.
    pub(crate) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl<S: ReadReadiness> SocketReceiver<S> {
    /// Receives from now on from `peer` only, which has sent a datagram from `source` to this bound socket.
    pub(super) fn of_handshake(
        socket: S,
        peer: Credentials,
        source: Option<SourceAddress>,
    ) -> Self {
        let mut receiver = Self::guarded(socket, peer);
        receiver.lock(source);
        receiver
    }

    /// Receives on the client's end of a socket pair. A process of `user` has the other end, if it is known: the owner of
    /// the server's file.
    pub(super) fn of_unknown(socket: S, user: Option<u32>) -> Self {
        Self {
            socket,
            guard: Guard::Greeting,
            is_foreign: user.is_none_or(is_foreign),
            is_last: false,
        }
    }

    fn guarded(socket: S, peer: Credentials) -> Self {
        let guard = Guard::Check {
            peer,
            lock: Lock::Open,
            count: 0,
        };
        Self {
            socket,
            guard,
            is_foreign: is_foreign(peer.uid),
            is_last: false,
        }
    }

    /// Receives from now on without asking the runtime for readiness, which may lag behind. The caller must not
    /// wait any more.
    pub(crate) const fn finish(&mut self) {
        self.is_last = true;
    }

    /// Returns whether no datagram has arrived, not even an empty one, without asking the runtime.
    pub(crate) fn is_empty(&self) -> bool {
        self.socket.socket().is_empty()
    }

    fn attempt<R>(&self, receive: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        if self.is_last {
            receive()
        } else {
            self.socket.attempt(receive)
        }
    }

    fn receive(&self, room: &mut [u8], buffer: &mut [u8]) -> io::Result<Received> {
        let capacity = room.len() + buffer.len();
        let mut parts = [IoSliceMut::new(room), IoSliceMut::new(buffer)];
        let received = receive_datagram(self.socket.socket(), &mut parts)?;
        no_descriptors(&received)?;
        Ok(found(received.size, capacity))
    }

    /// Receives on one end of a socket pair, on which nothing at all is the end. An empty datagram is taken for it, too:
    /// no peer of this library sends one.
    fn receive_on_pair(&self, room: &mut [u8], buffer: &mut [u8]) -> io::Result<Received> {
        match self.receive(room, buffer)? {
            Received::Datagram(0) => Ok(Received::End),
            received => Ok(received),
        }
    }

    /// Receives the first datagram on one end of a socket pair, whose sender is not known before.
    fn receive_first(&mut self, room: &mut [u8], buffer: &mut [u8]) -> io::Result<Received> {
        let mut parts = [IoSliceMut::new(room), IoSliceMut::new(buffer)];
        let received = self.attempt(|| receive_datagram(self.socket.socket(), &mut parts))?;
        no_descriptors(&received)?;
        if received.size == 0 {
            return Ok(Received::End);
        }
        self.guard = Guard::Pair;
        // From now on the kernel saves itself the credentials. If it fails, they are received and ignored.
        let _ = set_socket_passcred(self.socket.socket(), false);
        self.is_foreign = received.sender.is_none_or(|sender| is_foreign(sender.uid));
        Ok(Received::First(received.sender, received.size))
    }

    fn receive_checked(
        &mut self,
        peer: Credentials,
        lock: Lock,
        room: &mut [u8],
        buffer: &mut [u8],
    ) -> io::Result<Received> {
        let capacity = room.len() + buffer.len();
        let (received, source) = self.attempt(|| {
            let source = match lock {
                Lock::Open => peek_source(self.socket.socket())?,
                _ => None,
            };
            let mut parts = [IoSliceMut::new(room), IoSliceMut::new(buffer)];
            Ok((receive_datagram(self.socket.socket(), &mut parts)?, source))
        })?;
        let Some(sender) = received.sender.filter(|sender| sender.pid == peer.pid) else {
            return Ok(Received::Foreign);
        };
        // Later the process may have changed its user, and still be the peer.
        if lock == Lock::Open && sender.uid != peer.uid {
            return Ok(Received::Foreign);
        }
        no_descriptors(&received)?;
        match lock {
            Lock::Open => self.lock(source),
            Lock::Impossible => {}
            _ if self.is_young() => {}
            Lock::Draining => self.look_for_end(),
            Lock::Proving => self.trust_lock(),
        }
        Ok(found(received.size, capacity))
    }

    /// Connects the socket to `source`. From then on the kernel rejects other senders.
    fn lock(&mut self, source: Option<SourceAddress>) {
        let locked = source.is_some_and(|SourceAddress(name)| {
            rustix::net::connect(self.socket.socket(), &name).is_ok()
        });
        self.set_lock(if locked {
            Lock::Draining
        } else {
            Lock::Impossible
        });
    }

    /// Counts one more datagram. Returns whether too few were received for the system calls that end the checks
    /// to pay off.
    const fn is_young(&mut self) -> bool {
        match &mut self.guard {
            Guard::Check { count, .. } => {
                *count = count.saturating_add(1);
                *count < WORTHWHILE
            }
            Guard::Lock | Guard::Greeting | Guard::Pair => false,
        }
    }

    /// Checks whether all datagrams are received that were sent before the socket was locked. Without this check,
    /// a receiver whose queue is never empty would never notice.
    fn look_for_end(&mut self) {
        if self.is_empty() {
            self.drained();
        }
    }

    /// Records that all datagrams are received that were sent before the socket was locked.
    fn drained(&mut self) {
        if let Guard::Check {
            lock: Lock::Draining,
            ..
        } = self.guard
        {
            self.set_lock(Lock::Proving);
        }
    }

    /// Ends the checks: the peer has sent a datagram since the socket was locked, so its socket has that name.
    fn trust_lock(&mut self) {
        if set_socket_passcred(self.socket.socket(), false).is_ok() {
            self.guard = Guard::Lock;
        }
    }

    fn set_lock(&mut self, state: Lock) {
        if let Guard::Check { lock, .. } = &mut self.guard {
            *lock = state;
        }
    }
}

impl<S: ReadReadiness> TryReceive for SocketReceiver<S> {
    fn has_descriptor_room(&self) -> bool {
        !self.is_foreign || has_descriptor_room()
    }

    fn try_receive(&mut self, room: &mut [u8], buffer: &mut [u8]) -> io::Result<Received> {
        loop {
            let received = match self.guard {
                Guard::Pair => self.attempt(|| self.receive_on_pair(room, buffer)),
                Guard::Greeting => self.receive_first(room, buffer),
                Guard::Lock => self.attempt(|| self.receive(room, buffer)),
                Guard::Check { peer, lock, .. } => self.receive_checked(peer, lock, room, buffer),
            };
            return match received {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.drained();
                    Ok(Received::Empty)
                }
                Err(error) if is_transient(&error) => continue,
                received => received,
            };
        }
    }
}

/// The number of datagrams after which the system calls that end the checks pay off.
const WORTHWHILE: u32 = 8;

/// Checks that the peer has attached no descriptors to a datagram, which end the connection.
fn no_descriptors(received: &ReceivedDatagram) -> io::Result<()> {
    if !received.descriptors.is_empty() {
        let reason = "descriptors were attached to a datagram";
        return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    }
    Ok(())
}

fn found(size: usize, capacity: usize) -> Received {
    if capacity < size {
        Received::Truncated(size)
    } else {
        Received::Datagram(size)
    }
}

#[cfg(feature = "tokio")]
#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::path::Path;

    use rustix::net::SocketAddrUnix;

    use super::{Guard, Received, TryReceive, WORTHWHILE};
    use crate::transport::receiver;
    type Receiver = receiver::SocketReceiver<crate::transport::registered_socket::RegisteredSocket>;
    use crate::peer::Credentials;
    use crate::transport::{Reach, SocketFile, Target, bind_connection};

    /// A socket for this process's datagrams, and one that sends to it.
    fn pair(path: &Path, peer: Credentials) -> (Receiver, UnixDatagram, SocketFile) {
        let (receiver, sender, file) = nameless_pair(path, peer);
        rustix::net::bind(&sender, &SocketAddrUnix::new_unnamed()).unwrap();
        (receiver, sender, file)
    }

    /// The same, but the sender has no name.
    fn nameless_pair(path: &Path, peer: Credentials) -> (Receiver, UnixDatagram, SocketFile) {
        let (fd, file) = bind_connection(path, Reach::Owner).unwrap();
        let receiver = Receiver::new(fd, peer).unwrap();
        let sender = Target::find(path).unwrap().connect().unwrap();
        (receiver, sender.into(), file)
    }

    fn this_process() -> Credentials {
        let uid = rustix::process::geteuid().as_raw();
        Credentials {
            pid: std::process::id(),
            uid,
            gid: rustix::process::getegid().as_raw(),
        }
    }

    /// Makes the sender known, so that nobody else can send any more.
    async fn lock(receiver: &mut Receiver, sender: &UnixDatagram) {
        for _ in 0..=WORTHWHILE {
            assert!(matches!(receiver.guard, Guard::Check { .. }));
            sender.send(b"me").unwrap();
            receiver.readable().await.unwrap();
            assert_eq!(receive(receiver), Received::Datagram(2));
            assert_eq!(receive(receiver), Received::Empty);
        }
        assert!(matches!(receiver.guard, Guard::Lock));
    }

    fn receive(receiver: &mut Receiver) -> Received {
        receiver.try_receive(&mut [], &mut [0; 100]).unwrap()
    }

    #[tokio::test]
    async fn truncation_is_told_with_the_true_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        for locked in [false, true] {
            let (mut receiver, sender, _file) = pair(&path, this_process());
            if locked {
                lock(&mut receiver, &sender).await;
            }
            sender.send(&[7; 5000]).unwrap();
            sender.send(b"next").unwrap();
            sender.send(b"").unwrap();
            receiver.readable().await.unwrap();
            let mut buffer = [0; 4096];
            let mut receive = || receiver.try_receive(&mut [], &mut buffer).unwrap();
            assert_eq!(receive(), Received::Truncated(5000));
            assert_eq!(receive(), Received::Datagram(4));
            assert_eq!(receive(), Received::Datagram(0));
            assert_eq!(receive(), Received::Empty);
            assert_eq!(&buffer[..4], b"next");
        }
    }

    #[tokio::test]
    async fn datagram_is_put_where_there_is_room_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        for locked in [false, true] {
            let (mut receiver, sender, _file) = pair(&path, this_process());
            if locked {
                lock(&mut receiver, &sender).await;
            }
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

    #[tokio::test]
    async fn locked_socket_takes_nothing_of_others() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (mut receiver, sender, _file) = pair(&path, this_process());
        let connect = || Target::find(&path).unwrap().connect();
        let other = UnixDatagram::from(connect().unwrap());
        lock(&mut receiver, &sender).await;
        let error = other.send(b"injected").unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
        assert!(connect().is_err());
        drop(sender);
        assert!(other.send(b"injected").is_err());
        assert_eq!(receive(&mut receiver), Received::Empty);
    }

    #[tokio::test]
    async fn nameless_peer_is_checked_each_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (mut receiver, sender, _file) = nameless_pair(&path, this_process());
        for _ in 0..2 * WORTHWHILE {
            sender.send(b"me").unwrap();
            receiver.readable().await.unwrap();
            assert_eq!(receive(&mut receiver), Received::Datagram(2));
            assert_eq!(receive(&mut receiver), Received::Empty);
        }
        assert!(matches!(receiver.guard, Guard::Check { .. }));
    }

    #[tokio::test]
    async fn datagram_of_another_process_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let peer = Credentials {
            pid: 1,
            ..this_process()
        };
        let (mut receiver, sender, _file) = pair(&path, peer);
        sender.send(b"not process 1").unwrap();
        receiver.readable().await.unwrap();
        assert_eq!(receive(&mut receiver), Received::Foreign);
        assert_eq!(receive(&mut receiver), Received::Empty);
    }
}
