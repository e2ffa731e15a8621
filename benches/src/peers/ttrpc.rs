//! ttrpc's asynchronous side over a Unix stream.

use std::future::pending;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use schemas::ttrpc::echo::{Empty, Payload};
use schemas::ttrpc::echo_ttrpc::{Echo, EchoClient, create_echo};
use tokio::task::JoinHandle;
use ttrpc::r#async::{Client, Server, TtrpcContext};
use ttrpc::context::with_duration;

use crate::load::{Caller, Tally};
use crate::peers::{Peer, Role, expect_same};
use crate::work;

pub(super) struct Ttrpc;

impl Peer for Ttrpc {
    const NAME: &'static str = "ttrpc";
    const ROLE: Role = Role::Rpc;
    // Four MiB minus the bytes of the envelope. No option raises that limit.
    const LARGEST: usize = (4 << 20) - 64;

    type Connection = EchoClient;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let mut server = Server::new()
            .bind(&address(socket)?)?
            .register_service(create_echo(Arc::new(Own)));
        server.start().await?;
        ready();
        pending().await
    }

    async fn connect(socket: &Path) -> anyhow::Result<EchoClient> {
        Ok(EchoClient::new(Client::connect(&address(socket)?).await?))
    }

    async fn echo(connection: &EchoClient, data: Bytes) -> anyhow::Result<()> {
        let request = Payload {
            data: data.to_vec(),
            ..Payload::default()
        };
        let reply = connection.echo(with_duration(DEADLINE), &request).await?;
        expect_same(&data, &reply.data)
    }

    async fn compute(connection: &EchoClient) -> anyhow::Result<()> {
        connection
            .compute(with_duration(DEADLINE), &Empty::new())
            .await?;
        Ok(())
    }

    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>> {
        tokio::spawn(caller.run())
    }
}

struct Own;

#[async_trait::async_trait]
impl Echo for Own {
    async fn echo(&self, _: &TtrpcContext, request: Payload) -> ttrpc::Result<Payload> {
        Ok(request)
    }

    async fn compute(&self, _: &TtrpcContext, request: Empty) -> ttrpc::Result<Empty> {
        work::compute();
        Ok(request)
    }
}

fn address(socket: &Path) -> anyhow::Result<String> {
    let path = socket.to_str().context("the path is not valid UTF-8")?;
    Ok(format!("unix://{path}"))
}

/// The deadline that the other peers have.
const DEADLINE: Duration = Duration::from_secs(30);
