//! tarpc over a Unix stream, encoded with bincode; bytes are `bytes::Bytes`, so that neither side
//! encodes them one by one.

use std::path::Path;

use bytes::Bytes;
use futures::StreamExt;
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::{client, context, serde_transport};
use tokio::task::JoinHandle;

use crate::load::{Caller, MAX_MESSAGE_SIZE, Tally};
use crate::peers::{Peer, Role, expect_same};
use crate::work;

pub(super) struct Tarpc;

impl Peer for Tarpc {
    const NAME: &'static str = "tarpc";
    const ROLE: Role = Role::Rpc;

    type Connection = EchoClient;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let mut incoming = serde_transport::unix::listen(socket, Bincode::default).await?;
        incoming.config_mut().max_frame_length(MAX_MESSAGE_SIZE);
        ready();
        while let Some(transport) = incoming.next().await {
            let requests = BaseChannel::with_defaults(transport?).execute(Own.serve());
            tokio::spawn(requests.for_each(async |request| {
                tokio::spawn(request);
            }));
        }
        Ok(())
    }

    async fn connect(socket: &Path) -> anyhow::Result<EchoClient> {
        let mut connect = serde_transport::unix::connect(socket, Bincode::default);
        connect.config_mut().max_frame_length(MAX_MESSAGE_SIZE);
        Ok(EchoClient::new(client::Config::default(), connect.await?).spawn())
    }

    async fn echo(connection: &EchoClient, data: Bytes) -> anyhow::Result<()> {
        let reply = connection.echo(context::current(), data.clone()).await?;
        expect_same(&data, &reply)
    }

    async fn compute(connection: &EchoClient) -> anyhow::Result<()> {
        Ok(connection.compute(context::current()).await?)
    }

    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>> {
        tokio::spawn(caller.run())
    }
}

#[tarpc::service]
pub(crate) trait Echo {
    async fn echo(data: Bytes) -> Bytes;
    async fn compute();
}

#[derive(Clone)]
struct Own;

impl Echo for Own {
    async fn echo(self, _: context::Context, data: Bytes) -> Bytes {
        data
    }

    async fn compute(self, _: context::Context) {
        work::compute();
    }
}
