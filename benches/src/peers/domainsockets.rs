//! The library through its typed stub, with datagrams of at most `DATAGRAM` bytes, or of its default
//! size if that is 0.

use std::future::pending;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use domainsockets::{Client, Server, service};
use tokio::task::JoinHandle;

use crate::load::{Caller, MAX_MESSAGE_SIZE, Tally};
use crate::peers::{Peer, Role, expect_same};
use crate::work;

pub(super) struct Domainsockets<const DATAGRAM: usize>;

impl<const DATAGRAM: usize> Peer for Domainsockets<DATAGRAM> {
    const NAME: &'static str = match DATAGRAM >> 10 {
        0 => "domainsockets",
        4 => "domainsockets-4k",
        16 => "domainsockets-16k",
        32 => "domainsockets-32k",
        64 => "domainsockets-64k",
        128 => "domainsockets-128k",
        _ => "domainsockets-256k",
    };
    const ROLE: Role = match DATAGRAM >> 10 {
        0 => Role::Rpc,
        4 => Role::Setting,
        _ => Role::Trial,
    };

    type Connection = Arc<EchoClient>;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let mut builder = Server::builder()
            .max_message_size(MAX_MESSAGE_SIZE)
            .max_connections_per_user(CONNECTIONS);
        if DATAGRAM > 0 {
            builder = builder.max_datagram_size(DATAGRAM);
        }
        let _server = builder
            .bind(socket)?
            .add_service(EchoServer::new(Own))?
            .start()?;
        ready();
        pending().await
    }

    async fn connect(socket: &Path) -> anyhow::Result<Arc<EchoClient>> {
        let mut builder = Client::builder().max_message_size(MAX_MESSAGE_SIZE);
        if DATAGRAM > 0 {
            builder = builder.max_datagram_size(DATAGRAM);
        }
        Ok(Arc::new(EchoClient::new(builder.dial(socket).await?)))
    }

    async fn echo(connection: &Arc<EchoClient>, data: Bytes) -> anyhow::Result<()> {
        expect_same(&data, &connection.echo(data.clone()).await?)
    }

    async fn compute(connection: &Arc<EchoClient>) -> anyhow::Result<()> {
        Ok(connection.compute().await?)
    }

    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>> {
        tokio::spawn(caller.run())
    }
}

#[service]
pub(crate) trait Echo {
    async fn echo(&self, data: Bytes) -> Bytes;
    async fn compute(&self);
}

struct Own;

impl Echo for Own {
    async fn echo(&self, data: Bytes) -> Bytes {
        data
    }

    async fn compute(&self) {
        work::compute();
    }
}

/// More connections than any workload makes.
const CONNECTIONS: usize = 10_000;
