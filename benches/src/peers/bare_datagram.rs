//! The limit of the sockets: messages over a pair of tokio's datagram sockets, in datagrams of at most
//! `DATAGRAM` bytes, after a minimal handshake.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::net::UnixDatagram;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::load::{Caller, Tally};
use crate::peers::message::{Incoming, Outgoing, body};
use crate::peers::{Peer, Role, expect_same};

pub(super) struct BareDatagram<const DATAGRAM: usize>;

impl<const DATAGRAM: usize> Peer for BareDatagram<DATAGRAM> {
    const NAME: &'static str = match DATAGRAM >> 10 {
        16 => "bare-datagram-16k",
        32 => "bare-datagram-32k",
        64 => "bare-datagram",
        128 => "bare-datagram-128k",
        _ => "bare-datagram-256k",
    };
    const ROLE: Role = match DATAGRAM >> 10 {
        64 => Role::Bare,
        _ => Role::BareLarge,
    };

    type Connection = Arc<Mutex<Link>>;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let setup = UnixDatagram::bind(socket)?;
        ready();
        let mut name = [0; 128];
        loop {
            let len = setup.recv(&mut name).await?;
            let client = std::str::from_utf8(name.get(..len).unwrap_or_default())?;
            let (end, path) = bind(socket)?;
            end.connect(client)?;
            end.send(path.as_os_str().as_encoded_bytes()).await?;
            tokio::spawn(echoes(end, path, DATAGRAM));
        }
    }

    async fn connect(socket: &Path) -> anyhow::Result<Arc<Mutex<Link>>> {
        let (end, path) = bind(socket)?;
        end.send_to(path.as_os_str().as_encoded_bytes(), socket)
            .await?;
        let mut name = [0; 128];
        let len = end.recv(&mut name).await?;
        end.connect(std::str::from_utf8(name.get(..len).unwrap_or_default())?)?;
        fs::remove_file(path)?;
        Ok(Arc::new(Mutex::new(Link::new(end, DATAGRAM))))
    }

    async fn echo(connection: &Arc<Mutex<Link>>, data: Bytes) -> anyhow::Result<()> {
        let link = &mut *connection.lock().await;
        for piece in link.outgoing.of(&data).chunks(DATAGRAM) {
            link.end.send(piece).await?;
        }
        loop {
            let len = link.end.recv(link.incoming.space()).await?;
            if let Some(message) = link.incoming.add(len)? {
                return expect_same(&data, body(message));
            }
        }
    }

    async fn compute(_: &Arc<Mutex<Link>>) -> anyhow::Result<()> {
        bail!("a bare loop has one handler")
    }

    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>> {
        tokio::spawn(caller.run())
    }
}

/// One end of a connection.
#[derive(Debug)]
pub(super) struct Link {
    end: UnixDatagram,
    outgoing: Outgoing,
    incoming: Incoming,
}

impl Link {
    fn new(end: UnixDatagram, datagram: usize) -> Self {
        Self {
            end,
            outgoing: Outgoing::default(),
            incoming: Incoming::new(datagram),
        }
    }
}

async fn echoes(end: UnixDatagram, path: PathBuf, datagram: usize) -> anyhow::Result<()> {
    let mut incoming = Incoming::new(datagram);
    let mut first = true;
    loop {
        let len = end.recv(incoming.space()).await?;
        if first {
            fs::remove_file(&path)?;
            first = false;
        }
        if let Some(message) = incoming.add(len)? {
            for piece in message.chunks(datagram) {
                end.send(piece).await?;
            }
        }
    }
}

/// Binds a socket in the server's directory, under a unique name.
fn bind(socket: &Path) -> anyhow::Result<(UnixDatagram, PathBuf)> {
    let path = fresh(socket).context("the server's name has no file name")?;
    let end = UnixDatagram::bind(&path)?;
    set_socket_send_buffer_size(&end, SEND_BUFFER)?;
    Ok((end, path))
}

/// Returns a unique path in the server's directory.
pub(super) fn fresh(socket: &Path) -> Option<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = socket.file_name()?.to_str()?;
    Some(socket.with_file_name(format!("{name}-{}-{next}", std::process::id())))
}

/// Large enough that the length of the queue, and not its bytes, limits the datagrams in flight.
pub(super) const SEND_BUFFER: usize = 4 << 20;
