//! tonic over a Unix stream; bytes are `bytes::Bytes`, and the limits that would refuse large messages
//! are raised.

use std::path::Path;

use bytes::Bytes;
use hyper_util::rt::TokioIo;
use schemas::tonic::echo_client::EchoClient;
use schemas::tonic::echo_server::{Echo, EchoServer};
use schemas::tonic::{Empty, Payload};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};
use tower::service_fn;

use crate::load::{Caller, MAX_MESSAGE_SIZE, Tally};
use crate::peers::{Peer, Role, expect_same};
use crate::work;

pub(super) struct Tonic;

impl Peer for Tonic {
    const NAME: &'static str = "tonic";
    const ROLE: Role = Role::Rpc;

    type Connection = EchoClient<Channel>;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let listener = UnixListener::bind(socket)?;
        ready();
        let service = EchoServer::new(Own)
            .max_decoding_message_size(MAX_MESSAGE_SIZE)
            .max_encoding_message_size(MAX_MESSAGE_SIZE);
        Server::builder()
            .add_service(service)
            .serve_with_incoming(UnixListenerStream::new(listener))
            .await?;
        Ok(())
    }

    async fn connect(socket: &Path) -> anyhow::Result<EchoClient<Channel>> {
        let socket = socket.to_owned();
        let connector = service_fn(move |_| {
            let socket = socket.clone();
            async move { UnixStream::connect(socket).await.map(TokioIo::new) }
        });
        // The connector ignores the address.
        let channel = Endpoint::from_static("http://socket")
            .connect_with_connector(connector)
            .await?;
        Ok(EchoClient::new(channel)
            .max_decoding_message_size(MAX_MESSAGE_SIZE)
            .max_encoding_message_size(MAX_MESSAGE_SIZE))
    }

    async fn echo(connection: &EchoClient<Channel>, data: Bytes) -> anyhow::Result<()> {
        let request = Payload { data: data.clone() };
        let reply = connection.clone().echo(request).await?;
        expect_same(&data, &reply.into_inner().data)
    }

    async fn compute(connection: &EchoClient<Channel>) -> anyhow::Result<()> {
        connection.clone().compute(Empty {}).await?;
        Ok(())
    }

    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>> {
        tokio::spawn(caller.run())
    }
}

struct Own;

#[tonic::async_trait]
impl Echo for Own {
    async fn echo(&self, request: Request<Payload>) -> Result<Response<Payload>, Status> {
        Ok(Response::new(request.into_inner()))
    }

    async fn compute(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        work::compute();
        Ok(Response::new(Empty {}))
    }
}
