//! The limit of the sockets without a runtime: a blocking thread on each side.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::load::{Caller, Tally};
use crate::peers::bare_datagram::{SEND_BUFFER, fresh};
use crate::peers::message::{Incoming, Outgoing, body};
use crate::peers::{Peer, Role, expect_same};

pub(super) struct BlockingDatagram;

impl Peer for BlockingDatagram {
    const NAME: &'static str = "blocking-datagram";
    const ROLE: Role = Role::BareEcho;

    type Connection = Arc<Mutex<Link>>;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let setup = UnixDatagram::bind(socket)?;
        ready();
        let mut name = [0; 128];
        loop {
            let len = setup.recv(&mut name)?;
            let client = std::str::from_utf8(name.get(..len).unwrap_or_default())?;
            let (end, path) = bind(socket)?;
            end.connect(client)?;
            end.send(path.as_os_str().as_encoded_bytes())?;
            thread::spawn(move || echoes(&end));
        }
    }

    async fn connect(socket: &Path) -> anyhow::Result<Arc<Mutex<Link>>> {
        let (end, path) = bind(socket)?;
        end.send_to(path.as_os_str().as_encoded_bytes(), socket)?;
        let mut name = [0; 128];
        let len = end.recv(&mut name)?;
        let server = std::str::from_utf8(name.get(..len).unwrap_or_default())?;
        end.connect(server)?;
        fs::remove_file(path)?;
        fs::remove_file(server)?;
        Ok(Arc::new(Mutex::new(Link {
            end,
            outgoing: Outgoing::default(),
            incoming: Incoming::new(DATAGRAM),
        })))
    }

    async fn echo(connection: &Arc<Mutex<Link>>, data: Bytes) -> anyhow::Result<()> {
        let link = &mut *connection.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in link.outgoing.of(&data).chunks(DATAGRAM) {
            link.end.send(piece)?;
        }
        loop {
            let len = link.end.recv(link.incoming.space())?;
            if let Some(message) = link.incoming.add(len)? {
                return expect_same(&data, body(message));
            }
        }
    }

    async fn compute(_: &Arc<Mutex<Link>>) -> anyhow::Result<()> {
        bail!("a bare loop has one handler")
    }

    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>> {
        spawn_blocking(|| futures::executor::block_on(caller.run()))
    }
}

/// A client's end of a connection.
#[derive(Debug)]
pub(super) struct Link {
    end: UnixDatagram,
    outgoing: Outgoing,
    incoming: Incoming,
}

fn echoes(end: &UnixDatagram) -> anyhow::Result<()> {
    let mut incoming = Incoming::new(DATAGRAM);
    loop {
        let len = end.recv(incoming.space())?;
        if let Some(message) = incoming.add(len)? {
            for piece in message.chunks(DATAGRAM) {
                end.send(piece)?;
            }
        }
    }
}

fn bind(socket: &Path) -> anyhow::Result<(UnixDatagram, PathBuf)> {
    let path = fresh(socket).context("the server's name has no file name")?;
    let end = UnixDatagram::bind(&path)?;
    set_socket_send_buffer_size(&end, SEND_BUFFER)?;
    Ok((end, path))
}

/// The most bytes in a datagram of a large message.
const DATAGRAM: usize = 64 << 10;
