//! The library's blocking client, with an asynchronous server.

use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use bytes::Bytes;
use domainsockets::blocking::Client;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::load::{Caller, MAX_MESSAGE_SIZE, Tally};
use crate::peers::domainsockets::{Domainsockets, EchoBlockingClient};
use crate::peers::{Peer, Role, expect_same};

pub(super) struct DomainsocketsBlocking;

impl Peer for DomainsocketsBlocking {
    const NAME: &'static str = "domainsockets-blocking";
    const ROLE: Role = Role::BareEcho;

    type Connection = Arc<EchoBlockingClient>;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        Domainsockets::<0>::serve(socket, ready).await
    }

    async fn connect(socket: &Path) -> anyhow::Result<Arc<EchoBlockingClient>> {
        let client = Client::builder()
            .max_message_size(MAX_MESSAGE_SIZE)
            .dial(socket)?;
        Ok(Arc::new(EchoBlockingClient::new(client)))
    }

    async fn echo(connection: &Arc<EchoBlockingClient>, data: Bytes) -> anyhow::Result<()> {
        expect_same(&data, &connection.echo(data.clone())?)
    }

    async fn compute(_: &Arc<EchoBlockingClient>) -> anyhow::Result<()> {
        bail!("the blocking client supports one caller")
    }

    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>> {
        spawn_blocking(|| futures::executor::block_on(caller.run()))
    }
}
