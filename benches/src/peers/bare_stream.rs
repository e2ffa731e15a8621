//! The limit of a stream: messages with a length prefix over tokio's `UnixStream`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{bail, ensure};
use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::load::{Caller, Tally};
use crate::peers::message::{Incoming, Outgoing, body};
use crate::peers::{Peer, Role, expect_same};

pub(super) struct BareStream;

impl Peer for BareStream {
    const NAME: &'static str = "bare-stream";
    const ROLE: Role = Role::Bare;

    type Connection = Arc<Mutex<Link>>;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let listener = UnixListener::bind(socket)?;
        ready();
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(echoes(stream));
        }
    }

    async fn connect(socket: &Path) -> anyhow::Result<Arc<Mutex<Link>>> {
        Ok(Arc::new(Mutex::new(Link {
            stream: UnixStream::connect(socket).await?,
            outgoing: Outgoing::default(),
            incoming: Incoming::new(PIECE),
        })))
    }

    async fn echo(connection: &Arc<Mutex<Link>>, data: Bytes) -> anyhow::Result<()> {
        let link = &mut *connection.lock().await;
        link.stream.write_all(link.outgoing.of(&data)).await?;
        loop {
            let len = link.stream.read(link.incoming.space()).await?;
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
        tokio::spawn(caller.run())
    }
}

/// A client's end of a connection.
#[derive(Debug)]
pub(super) struct Link {
    stream: UnixStream,
    outgoing: Outgoing,
    incoming: Incoming,
}

async fn echoes(mut stream: UnixStream) -> anyhow::Result<()> {
    let mut incoming = Incoming::new(PIECE);
    loop {
        let len = stream.read(incoming.space()).await?;
        if len == 0 {
            return Ok(());
        }
        if let Some(message) = incoming.add(len)? {
            stream.write_all(message).await?;
        }
    }
}

/// The most bytes of a message that are read before its length is known.
const PIECE: usize = 64 << 10;
