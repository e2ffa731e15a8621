//! The trait that all peers implement, and the list of peers.

mod bare_datagram;
mod bare_stream;
mod blocking_datagram;
mod blocking_stream;
mod capnp_rpc;
mod domainsockets;
mod domainsockets_blocking;
mod message;
mod tarpc;
mod tonic;
mod ttrpc;
mod zbus;
mod zlink;

use std::marker::PhantomData;
use std::path::Path;

use anyhow::ensure;
use bytes::Bytes;
use futures::future::LocalBoxFuture;
use tokio::task::JoinHandle;

use crate::load::{Caller, Tally};
use crate::metric::Metric;
use crate::runtime::Flavor;
use crate::workloads::{self, Scene};

/// A way for two processes of one machine to call each other.
pub(crate) trait Peer: Sized + 'static {
    const NAME: &'static str;
    const ROLE: Role;
    /// The only runtime that the peer's documentation mentions, if there is only one.
    const ONLY: Option<Flavor> = None;
    /// The largest message that it can be configured to accept, in bytes.
    const LARGEST: usize = usize::MAX;

    /// A client's end of a connection. Clones share it.
    type Connection: Clone + 'static;

    /// Serves at `socket` indefinitely. Calls `ready` once clients can connect.
    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()>;

    /// Connects, as far as the peer does so before its first call.
    async fn connect(socket: &Path) -> anyhow::Result<Self::Connection>;

    /// Lets the server return the bytes, and checks them with [`expect_same`].
    async fn echo(connection: &Self::Connection, data: Bytes) -> anyhow::Result<()>;

    /// Lets the server [compute](crate::work::compute).
    async fn compute(connection: &Self::Connection) -> anyhow::Result<()>;

    /// Runs a caller as a task, on any thread if the peer supports that: `tokio::spawn(caller.run())`.
    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>>;
}

/// Which workloads a peer takes part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// An RPC system: takes part in all workloads.
    Rpc,
    /// Another setting of an RPC system: only workloads with many callers.
    Setting,
    /// Takes part only if named.
    Trial,
    /// A loop without calls: only workloads with a single caller.
    Bare,
    /// A bare loop that cannot be dialled.
    BareEcho,
    /// A bare loop of another datagram size: only workloads with large messages.
    BareLarge,
}

/// A [`Peer`] as a trait object.
pub(crate) trait AnyPeer {
    fn name(&self) -> &'static str;
    fn role(&self) -> Role;
    fn largest(&self) -> usize;
    fn flavor(&self, asked: Flavor) -> Flavor;
    fn serve<'a>(
        &self,
        socket: &'a Path,
        ready: &'a dyn Fn(),
    ) -> LocalBoxFuture<'a, anyhow::Result<()>>;
    fn drive<'a>(
        &self,
        scene: &'a Scene<'a>,
    ) -> LocalBoxFuture<'a, anyhow::Result<Vec<(Metric, f64)>>>;
}

/// Returns all peers, the library first.
pub(crate) fn all() -> Vec<Box<dyn AnyPeer>> {
    vec![
        any::<domainsockets::Domainsockets<0>>(),
        any::<domainsockets::Domainsockets<4096>>(),
        any::<domainsockets::Domainsockets<{ 16 << 10 }>>(),
        any::<domainsockets::Domainsockets<{ 32 << 10 }>>(),
        any::<domainsockets::Domainsockets<{ 64 << 10 }>>(),
        any::<domainsockets::Domainsockets<{ 128 << 10 }>>(),
        any::<domainsockets::Domainsockets<{ 256 << 10 }>>(),
        any::<domainsockets_blocking::DomainsocketsBlocking>(),
        any::<tarpc::Tarpc>(),
        any::<capnp_rpc::CapnpRpc>(),
        any::<ttrpc::Ttrpc>(),
        any::<zlink::Zlink>(),
        any::<zbus::Zbus>(),
        any::<tonic::Tonic>(),
        any::<bare_datagram::BareDatagram<{ 64 << 10 }>>(),
        any::<bare_datagram::BareDatagram<{ 16 << 10 }>>(),
        any::<bare_datagram::BareDatagram<{ 32 << 10 }>>(),
        any::<bare_datagram::BareDatagram<{ 128 << 10 }>>(),
        any::<bare_datagram::BareDatagram<{ 256 << 10 }>>(),
        any::<bare_stream::BareStream>(),
        any::<blocking_datagram::BlockingDatagram>(),
        any::<blocking_stream::BlockingStream>(),
    ]
}

/// Returns the peer with this name.
pub(crate) fn find(name: &str) -> anyhow::Result<Box<dyn AnyPeer>> {
    all()
        .into_iter()
        .find(|peer| peer.name() == name)
        .ok_or_else(|| anyhow::anyhow!("there is no peer {name}"))
}

/// Checks an echo by its length and 24 of its bytes: enough to detect a mistake, too few to affect a
/// measurement.
pub(crate) fn expect_same(sent: &[u8], received: &[u8]) -> anyhow::Result<()> {
    let len = sent.len();
    ensure!(
        received.len() == len,
        "{} bytes came back of {len}",
        received.len()
    );
    for begin in [0, len / 2, len.saturating_sub(8)] {
        let part = begin..(begin + 8).min(len);
        ensure!(
            sent.get(part.clone()) == received.get(part),
            "other bytes came back at {begin} of {len}"
        );
    }
    Ok(())
}

struct Of<P>(PhantomData<P>);

impl<P: Peer> AnyPeer for Of<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn role(&self) -> Role {
        P::ROLE
    }

    fn largest(&self) -> usize {
        P::LARGEST
    }

    fn flavor(&self, asked: Flavor) -> Flavor {
        P::ONLY.unwrap_or(asked)
    }

    fn serve<'a>(
        &self,
        socket: &'a Path,
        ready: &'a dyn Fn(),
    ) -> LocalBoxFuture<'a, anyhow::Result<()>> {
        Box::pin(P::serve(socket, ready))
    }

    fn drive<'a>(
        &self,
        scene: &'a Scene<'a>,
    ) -> LocalBoxFuture<'a, anyhow::Result<Vec<(Metric, f64)>>> {
        Box::pin(workloads::drive::<P>(scene))
    }
}

fn any<P: Peer>() -> Box<dyn AnyPeer> {
    Box::new(Of::<P>(PhantomData))
}
