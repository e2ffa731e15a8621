//! A client byte by byte, small enough to have a thousand of: what it sends is the scenario's.

use std::fs;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt;
use tests::wire::ClientMsg;
use uuid::Uuid;

/// A connection whose handshake is done.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) incoming: UnixDatagram,
    pub(crate) outgoing: UnixDatagram,
    /// The server's socket of this connection.
    pub(crate) peer: PathBuf,
}

impl Raw {
    /// Shakes hands, and leaves no file behind. Nothing has been sent on the connection yet.
    pub(crate) fn connect(setup: &Path) -> io::Result<Self> {
        let own = Uuid::new_v4().to_string();
        let file = setup.with_file_name(&own);
        let incoming = UnixDatagram::bind(&file)?;
        let shaken = Self::shake(setup, &own, &incoming);
        fs::remove_file(&file)?;
        let (outgoing, peer) = shaken?;
        Ok(Self {
            incoming,
            outgoing,
            peer,
        })
    }

    fn shake(
        setup: &Path,
        own: &str,
        incoming: &UnixDatagram,
    ) -> io::Result<(UnixDatagram, PathBuf)> {
        let sender = UnixDatagram::unbound()?;
        sender.connect(setup)?;
        sender.send(own.as_bytes())?;
        incoming.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut answer = [0; 64];
        let len = incoming.recv(&mut answer)?;
        let peer = setup.with_file_name(String::from_utf8_lossy(&answer[..len]).as_ref());
        let outgoing = UnixDatagram::unbound()?;
        // The kernel gives a socket that asks for credentials a name of its own, to which a server
        // can lock the connection.
        sockopt::set_socket_passcred(&outgoing, true)?;
        outgoing.set_write_timeout(Some(Duration::from_secs(5)))?;
        outgoing.connect(&peer)?;
        Ok((outgoing, peer))
    }

    /// Announces a client that takes datagrams and messages of the usual sizes, under the id 0.
    pub(crate) fn announce(&self) -> io::Result<()> {
        let hello = ClientMsg::hello(0, 64 << 10, 4 << 20);
        self.outgoing.send(&hello.encode()).map(drop)
    }

    /// Requests, several times with ids of their own, in as few datagrams as a Go server would read.
    pub(crate) fn request(&self, handler: &str, data: &[u8], times: u64) -> io::Result<()> {
        let mut datagram = Vec::new();
        for id in 1..=times {
            let message = ClientMsg::request(id, handler, data).encode();
            if datagram.len() + message.len() > 4096 {
                self.outgoing.send(&datagram)?;
                datagram.clear();
            }
            datagram.extend_from_slice(&message);
        }
        self.outgoing.send(&datagram).map(drop)
    }

    /// Whether the server has closed the connection, asked by a datagram without a byte.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(
            self.outgoing.send(&[]).map_err(|error| error.kind()),
            Err(io::ErrorKind::ConnectionRefused
                | io::ErrorKind::NotConnected
                | io::ErrorKind::BrokenPipe)
        )
    }
}

/// Shakes hands until the server has time for it, or not within ten seconds.
pub(crate) fn connected(setup: &Path) -> Raw {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        match Raw::connect(setup) {
            Ok(raw) => return raw,
            Err(error) => assert!(Instant::now() < end, "no handshake: {error}"),
        }
        thread::sleep(Duration::from_millis(10));
    }
}
