//! A minimal client, small enough for a thousand of them. The scenario chooses what it sends.

use std::fs;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt;
use tests::wire::ClientMsg;
use uuid::Uuid;

/// A connection whose handshake is complete.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) incoming: UnixDatagram,
    pub(crate) outgoing: UnixDatagram,
    /// The server's socket of this connection.
    pub(crate) peer: PathBuf,
}

impl Raw {
    /// Performs the handshake, and leaves no file behind. Sends nothing on the connection.
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
        // The kernel names a socket that asks for credentials, and the server can lock the connection to
        // that name.
        sockopt::set_socket_passcred(&outgoing, true)?;
        outgoing.set_write_timeout(Some(Duration::from_secs(5)))?;
        outgoing.connect(&peer)?;
        Ok((outgoing, peer))
    }

    /// Sends the hello of a client with the usual datagram and message sizes, under the id 0.
    pub(crate) fn announce(&self) -> io::Result<()> {
        let hello = ClientMsg::hello(0, 64 << 10, 4 << 20);
        self.outgoing.send(&hello.encode()).map(drop)
    }

    /// Sends the same request several times with different ids, in as few datagrams as a Go server can
    /// read.
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

    /// Returns whether the server has closed the connection. Checks with an empty datagram.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(
            self.outgoing.send(&[]).map_err(|error| error.kind()),
            Err(io::ErrorKind::ConnectionRefused
                | io::ErrorKind::NotConnected
                | io::ErrorKind::BrokenPipe)
        )
    }
}

/// Repeats the handshake until the server answers, and panics after ten seconds.
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
