//! The limit of a stream without a runtime: a blocking thread on each side.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{bail, ensure};
use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::load::{Caller, Tally};
use crate::peers::message::{Incoming, Outgoing, body};
use crate::peers::{Peer, Role, expect_same};

pub(super) struct BlockingStream;

impl Peer for BlockingStream {
    const NAME: &'static str = "blocking-stream";
    const ROLE: Role = Role::BareEcho;

    type Connection = Arc<Mutex<Link>>;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let listener = UnixListener::bind(socket)?;
        ready();
        loop {
            let (stream, _) = listener.accept()?;
            thread::spawn(move || echoes(stream));
        }
    }

    async fn connect(socket: &Path) -> anyhow::Result<Arc<Mutex<Link>>> {
        Ok(Arc::new(Mutex::new(Link {
            stream: UnixStream::connect(socket)?,
            outgoing: Outgoing::default(),
            incoming: Incoming::new(PIECE),
        })))
    }

    async fn echo(connection: &Arc<Mutex<Link>>, data: Bytes) -> anyhow::Result<()> {
        let link = &mut *connection.lock().unwrap_or_else(PoisonError::into_inner);
        link.stream.write_all(link.outgoing.of(&data))?;
        loop {
            let len = link.stream.read(link.incoming.space())?;
            ensure!(len > 0, "the server has closed the connection");
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
    stream: UnixStream,
    outgoing: Outgoing,
    incoming: Incoming,
}

fn echoes(mut stream: UnixStream) -> anyhow::Result<()> {
    let mut incoming = Incoming::new(PIECE);
    loop {
        let len = stream.read(incoming.space())?;
        if len == 0 {
            return Ok(());
        }
        if let Some(message) = incoming.add(len)? {
            stream.write_all(message)?;
        }
    }
}

/// The most bytes of a message that are read before its length is known.
const PIECE: usize = 64 << 10;
