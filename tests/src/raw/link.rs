//! The sockets of a connection: where a peer receives, where it sends, and the datagrams received.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socketpair, sockopt};

use super::attach::{Lingering, stuff};

/// A datagram as it was received.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// When it was received.
    pub at: Instant,
    /// All of its bytes.
    pub bytes: Vec<u8>,
}

/// The name of the socket that a peer sends from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// No name, as in Go.
    None,
    /// A name that the kernel chooses in the abstract namespace.
    Abstract,
}

/// One side of a connection.
#[derive(Debug)]
pub(super) struct Link {
    sockets: Sockets,
    received: Vec<Datagram>,
    stream: Vec<u8>,
    buffer: Vec<u8>,
}

/// The sockets of one side of a connection.
#[derive(Debug)]
enum Sockets {
    /// A socket to receive from, which has a file, and one to send with.
    Files {
        file: PathBuf,
        incoming: UnixDatagram,
        outgoing: Option<UnixDatagram>,
    },
    /// One end of a sequenced-packet pair. The type of std sends and receives on it as on a datagram socket.
    Pair(UnixDatagram),
}

impl Link {
    pub(super) fn bind(file: PathBuf) -> io::Result<Self> {
        let incoming = UnixDatagram::bind(&file)?;
        Ok(Self::over(Sockets::Files {
            file,
            incoming,
            outgoing: None,
        }))
    }

    /// Wraps one end of a sequenced-packet pair.
    pub(super) fn pair(end: OwnedFd) -> io::Result<Self> {
        let end = UnixDatagram::from(end);
        end.set_nonblocking(false)?;
        prepare(&end)?;
        Ok(Self::over(Sockets::Pair(end)))
    }

    fn over(sockets: Sockets) -> Self {
        Self {
            sockets,
            received: Vec::new(),
            stream: Vec::new(),
            // Larger than any datagram the kernel lets through.
            buffer: vec![0; 8 << 20],
        }
    }

    /// Returns the file of the socket that receives.
    pub(super) fn file(&self) -> &Path {
        match &self.sockets {
            Sockets::Files { file, .. } => file,
            Sockets::Pair(_) => panic!("a socket pair has no file"),
        }
    }

    pub(super) fn connect(&mut self, peer: &Path, name: Name) -> io::Result<()> {
        match &mut self.sockets {
            Sockets::Files { outgoing, .. } => *outgoing = Some(connected(peer, name)?),
            Sockets::Pair(_) => panic!("a socket pair is connected"),
        }
        Ok(())
    }

    fn incoming(&self) -> &UnixDatagram {
        match &self.sockets {
            Sockets::Files { incoming, .. } | Sockets::Pair(incoming) => incoming,
        }
    }

    /// Returns the socket that sends.
    pub(super) fn outgoing(&self) -> io::Result<&UnixDatagram> {
        match &self.sockets {
            Sockets::Files { outgoing, .. } => outgoing
                .as_ref()
                .ok_or_else(|| ErrorKind::NotConnected.into()),
            Sockets::Pair(end) => Ok(end),
        }
    }

    pub(super) fn send(&self, datagram: &[u8]) -> io::Result<()> {
        let sent = self.outgoing()?.send(datagram)?;
        assert_eq!(sent, datagram.len(), "the kernel cut a datagram");
        Ok(())
    }

    /// Sends one datagram with this many descriptors of this program's file attached.
    pub(super) fn stuff(&self, datagram: &[u8], descriptors: usize) -> io::Result<()> {
        stuff(self.outgoing()?, datagram, descriptors)
    }

    /// Sends one datagram with a descriptor attached whose last close(2) blocks: see [`Lingering::stuff`].
    pub(super) fn linger(&self, kind: Lingering, datagram: &[u8]) -> io::Result<TcpStream> {
        kind.stuff(self.outgoing()?, datagram)
    }

    /// Receives a datagram, and sends one to the socket that it came from, with a descriptor attached whose last
    /// close(2) blocks.
    pub(super) fn linger_at_sender(&self, kind: Lingering) -> io::Result<TcpStream> {
        let (_, source) = self.incoming().recv_from(&mut [0; 64])?;
        let name = source
            .as_abstract_name()
            .ok_or(ErrorKind::AddrNotAvailable)?;
        let source = SocketAddrUnix::new_abstract_name(name)?;
        kind.stuff_to(Some(&source), self.incoming(), b"")
    }

    /// Returns the next datagram, complete, without adding it to the stream. Returns `None` at the end of a socket
    /// pair.
    pub(super) fn receive(&mut self, limit: Duration) -> Option<Vec<u8>> {
        let timeout = limit.max(Duration::from_millis(1));
        let is_pair = self.is_pair();
        let (Sockets::Files { incoming, .. } | Sockets::Pair(incoming)) = &self.sockets;
        incoming.set_read_timeout(Some(timeout)).unwrap();
        let mut received = incoming.recv(&mut self.buffer);
        if is_pair
            && let Err(error) = &received
            && error.kind() == ErrorKind::ConnectionReset
        {
            // The other end was closed with datagrams unread. What it has sent follows.
            received = incoming.recv(&mut self.buffer);
        }
        match received {
            Ok(0) if is_pair => None,
            Ok(len) => {
                let bytes = self.buffer[..len].to_vec();
                self.received.push(Datagram {
                    at: Instant::now(),
                    bytes: bytes.clone(),
                });
                Some(bytes)
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                None
            }
            Err(error) => panic!("receiving failed: {error}"),
        }
    }

    /// Returns whether the connection runs over a socket pair.
    pub(super) fn is_pair(&self) -> bool {
        matches!(self.sockets, Sockets::Pair(_))
    }

    /// Returns the next message of the stream, reading as many datagrams as it needs.
    pub(super) fn message<M>(
        &mut self,
        limit: Duration,
        take: impl Fn(&[u8]) -> Result<Option<(M, usize)>, String>,
    ) -> Option<M> {
        let end = Instant::now() + limit;
        loop {
            if let Some((message, len)) = take(&self.stream).expect("the peer sends valid messages")
            {
                self.stream.drain(..len);
                return Some(message);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            match self.receive(left) {
                Some(bytes) => self.stream.extend_from_slice(&bytes),
                None if self.has_ended() => return None,
                None => {}
            }
        }
    }

    pub(super) fn received(&self) -> &[Datagram] {
        &self.received
    }

    /// Returns whether the peer closes its socket within `limit`. Checks with empty datagrams, which would be the end of
    /// a socket pair.
    pub(super) fn closes(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        loop {
            let is_closed = match &self.sockets {
                Sockets::Files { .. } => self.send(&[]).is_err_and(|error| is_gone(&error)),
                Sockets::Pair(_) => self.has_ended(),
            };
            if is_closed {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns whether the peer has closed its end of a socket pair, or shut it down.
    fn has_ended(&self) -> bool {
        let Sockets::Pair(end) = &self.sockets else {
            return false;
        };
        let mut polled = [PollFd::new(end, PollFlags::RDHUP)];
        poll(&mut polled, Some(&Timespec::default())).unwrap();
        polled[0].revents().contains(PollFlags::HUP)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Sockets::Files { file, .. } = &self.sockets {
            // The peer may have removed it, as the protocol allows.
            let _ = fs::remove_file(file);
        }
    }
}

/// Returns whether a send failed because the peer's socket is closed.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::NotConnected | ErrorKind::BrokenPipe
    )
}

/// Returns a socket that sends to `peer`, with a send buffer as large as Go's.
pub(super) fn connected(peer: &Path, name: Name) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    // The kernel names a socket that asks for credentials when it is connected.
    sockopt::set_socket_passcred(&socket, name == Name::Abstract)?;
    prepare(&socket)?;
    socket.connect(peer)?;
    Ok(socket)
}

/// Sets the size of the send buffer to that of Go's, and lets no send wait indefinitely.
fn prepare(socket: &UnixDatagram) -> io::Result<()> {
    sockopt::set_socket_send_buffer_size(socket, 5 << 20)?;
    socket.set_write_timeout(Some(Duration::from_secs(5)))
}

/// Creates a pair of sequenced-packet sockets, which wait.
pub fn socket_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC;
    Ok(socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        flags,
        None,
    )?)
}
