//! One pair of sockets: where a peer receives, where it sends, and the datagrams received.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::{SocketAddrUnix, sockopt};

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

/// The two sockets of one side of a connection.
#[derive(Debug)]
pub(super) struct Link {
    file: PathBuf,
    incoming: UnixDatagram,
    outgoing: Option<UnixDatagram>,
    received: Vec<Datagram>,
    stream: Vec<u8>,
    buffer: Vec<u8>,
}

impl Link {
    pub(super) fn bind(file: PathBuf) -> io::Result<Self> {
        let incoming = UnixDatagram::bind(&file)?;
        Ok(Self {
            file,
            incoming,
            outgoing: None,
            received: Vec::new(),
            stream: Vec::new(),
            // Larger than any datagram the kernel lets through.
            buffer: vec![0; 8 << 20],
        })
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    pub(super) fn connect(&mut self, peer: &Path, name: Name) -> io::Result<()> {
        self.outgoing = Some(connected(peer, name)?);
        Ok(())
    }

    pub(super) fn send(&self, datagram: &[u8]) -> io::Result<()> {
        let outgoing = self.outgoing.as_ref().ok_or(ErrorKind::NotConnected)?;
        let sent = outgoing.send(datagram)?;
        assert_eq!(sent, datagram.len(), "the kernel cut a datagram");
        Ok(())
    }

    /// Sends one datagram with this many descriptors of this program's file attached.
    pub(super) fn stuff(&self, datagram: &[u8], descriptors: usize) -> io::Result<()> {
        let outgoing = self.outgoing.as_ref().ok_or(ErrorKind::NotConnected)?;
        stuff(outgoing, datagram, descriptors)
    }

    /// Sends one datagram with a descriptor attached whose last close(2) blocks: see [`Lingering::stuff`].
    pub(super) fn linger(&self, kind: Lingering, datagram: &[u8]) -> io::Result<TcpStream> {
        let outgoing = self.outgoing.as_ref().ok_or(ErrorKind::NotConnected)?;
        kind.stuff(outgoing, datagram)
    }

    /// Receives a datagram, and sends one to the socket that it came from, with a descriptor attached whose last
    /// close(2) blocks.
    pub(super) fn linger_at_sender(&self, kind: Lingering) -> io::Result<TcpStream> {
        let (_, source) = self.incoming.recv_from(&mut [0; 64])?;
        let name = source
            .as_abstract_name()
            .ok_or(ErrorKind::AddrNotAvailable)?;
        let source = SocketAddrUnix::new_abstract_name(name)?;
        kind.stuff_to(Some(&source), &self.incoming, b"")
    }

    /// Returns the next datagram, complete, without adding it to the stream.
    pub(super) fn receive(&mut self, limit: Duration) -> Option<Vec<u8>> {
        let timeout = limit.max(Duration::from_millis(1));
        self.incoming.set_read_timeout(Some(timeout)).unwrap();
        match self.incoming.recv(&mut self.buffer) {
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
            if let Some(bytes) = self.receive(left) {
                self.stream.extend_from_slice(&bytes);
            }
        }
    }

    pub(super) fn received(&self) -> &[Datagram] {
        &self.received
    }

    /// Returns whether the peer closes its socket within `limit`. Checks with empty datagrams.
    pub(super) fn closes(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        loop {
            if let Err(error) = self.send(&[])
                && is_gone(&error)
            {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The peer may have removed it, as the protocol allows.
        let _ = fs::remove_file(&self.file);
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
    sockopt::set_socket_send_buffer_size(&socket, 5 << 20)?;
    socket.set_write_timeout(Some(Duration::from_secs(5)))?;
    socket.connect(peer)?;
    Ok(socket)
}
