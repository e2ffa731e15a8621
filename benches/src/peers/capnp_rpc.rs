//! capnp-rpc over a Unix stream. Its objects stay on one thread, so both processes always have the
//! `current_thread` runtime. Replies are read in place.

use std::path::Path;
use std::rc::Rc;

use bytes::Bytes;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capnp_rpc::twoparty::VatNetwork;
use capnp_rpc::{RpcSystem, new_client};
use futures::AsyncReadExt as _;
use futures::io::{BufReader, BufWriter};
use schemas::echo_capnp::echo::{
    Client, ComputeParams, ComputeResults, EchoParams, EchoResults, Server,
};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, spawn_local};
use tokio_util::compat::TokioAsyncReadCompatExt as _;

use crate::load::{Caller, Tally};
use crate::peers::{Peer, Role, expect_same};
use crate::runtime::Flavor;
use crate::work;

pub(super) struct CapnpRpc;

impl Peer for CapnpRpc {
    const NAME: &'static str = "capnp-rpc";
    const ROLE: Role = Role::Rpc;
    const ONLY: Option<Flavor> = Some(Flavor::Current);

    type Connection = Client;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let listener = UnixListener::bind(socket)?;
        let own: Client = new_client(Own);
        ready();
        loop {
            let (stream, _) = listener.accept().await?;
            let network = Box::new(network(stream, Side::Server));
            spawn_local(RpcSystem::new(network, Some(own.clone().client)));
        }
    }

    async fn connect(socket: &Path) -> anyhow::Result<Client> {
        let stream = UnixStream::connect(socket).await?;
        let mut system = RpcSystem::new(Box::new(network(stream, Side::Client)), None);
        let client = system.bootstrap(Side::Server);
        spawn_local(system);
        Ok(client)
    }

    async fn echo(connection: &Client, data: Bytes) -> anyhow::Result<()> {
        let mut request = connection.echo_request();
        request.get().set_data(&data);
        let response = request.send().promise.await?;
        expect_same(&data, response.get()?.get_data()?)
    }

    async fn compute(connection: &Client) -> anyhow::Result<()> {
        connection.compute_request().send().promise.await?;
        Ok(())
    }

    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>> {
        spawn_local(caller.run())
    }
}

struct Own;

impl Server for Own {
    async fn echo(
        self: Rc<Self>,
        params: EchoParams,
        mut results: EchoResults,
    ) -> Result<(), capnp::Error> {
        results.get().set_data(params.get()?.get_data()?);
        Ok(())
    }

    async fn compute(
        self: Rc<Self>,
        _: ComputeParams,
        _: ComputeResults,
    ) -> Result<(), capnp::Error> {
        work::compute();
        Ok(())
    }
}

fn network(
    stream: UnixStream,
    side: Side,
) -> VatNetwork<impl futures::AsyncRead + Unpin + 'static> {
    let (reader, writer) = stream.compat().split();
    VatNetwork::new(
        BufReader::new(reader),
        BufWriter::new(writer),
        side,
        capnp::message::ReaderOptions::new(),
    )
}
