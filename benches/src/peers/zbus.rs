//! zbus between two peers, without a bus; bytes are those of `serde_bytes`, so that neither side encodes
//! them one by one.

use std::path::Path;

use bytes::Bytes;
use serde_bytes::{ByteBuf, Bytes as ByteSlice};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use zbus::connection::Builder;
use zbus::{Guid, interface, proxy};

use crate::load::{Caller, Tally};
use crate::peers::{Peer, Role, expect_same};
use crate::work;

pub(super) struct Zbus;

impl Peer for Zbus {
    const NAME: &'static str = "zbus";
    const ROLE: Role = Role::Rpc;

    type Connection = EchoProxy<'static>;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let listener = UnixListener::bind(socket)?;
        let guid = Guid::generate();
        ready();
        loop {
            let (stream, _) = listener.accept().await?;
            let builder = Builder::unix_stream(stream.into_std()?)
                .server(guid.clone())
                .p2p()
                .serve_at(PATH, Own);
            tokio::spawn(async move {
                let connection = builder.build().await?;
                connection.closed().await;
                zbus::Result::Ok(())
            });
        }
    }

    async fn connect(socket: &Path) -> anyhow::Result<EchoProxy<'static>> {
        let stream = UnixStream::connect(socket).await?;
        let connection = Builder::unix_stream(stream.into_std()?)
            .p2p()
            .build()
            .await?;
        Ok(EchoProxy::new(&connection).await?)
    }

    async fn echo(connection: &EchoProxy<'static>, data: Bytes) -> anyhow::Result<()> {
        expect_same(&data, &connection.echo(ByteSlice::new(&data)).await?)
    }

    async fn compute(connection: &EchoProxy<'static>) -> anyhow::Result<()> {
        Ok(connection.compute().await?)
    }

    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>> {
        tokio::spawn(caller.run())
    }
}

#[proxy(
    interface = "org.example.Echo1",
    default_service = "org.example.Echo",
    default_path = "/org/example/Echo"
)]
pub(crate) trait Echo {
    async fn echo(&self, data: &ByteSlice) -> zbus::Result<ByteBuf>;
    async fn compute(&self) -> zbus::Result<()>;
}

struct Own;

#[interface(name = "org.example.Echo1")]
impl Own {
    #[expect(clippy::unused_self, reason = "a method of an interface has a self")]
    fn echo(&self, data: ByteBuf) -> ByteBuf {
        data
    }

    #[expect(clippy::unused_self, reason = "a method of an interface has a self")]
    fn compute(&self) {
        work::compute();
    }
}

const PATH: &str = "/org/example/Echo";
