//! Counts the heap allocations of a typed call, on both sides together, after a warm-up.
//!
//! Server and client share one process, so each call counts the allocations of both.

use std::alloc::System;
use std::fmt::Write as _;
use std::path::Path;

use domainsockets::{Server, service};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Builder;

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut table =
        "| 64-byte echo | allocations per call | bytes per call |\n|---|---|---|\n".to_owned();
    for (callers, title) in [(1, "one caller"), (64, "64 callers")] {
        let ours = runtime.block_on(domainsockets(&dir.path().join("ds"), callers))?;
        let theirs = runtime.block_on(tarpc_peer::count(&dir.path().join("tarpc"), callers))?;
        for (peer, counted) in [("domainsockets", ours), ("tarpc", theirs)] {
            writeln!(
                table,
                "| {peer}, {title} | {:.2} | {:.0} |",
                counted.allocations, counted.bytes
            )?;
        }
    }
    std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes())?;
    Ok(())
}

/// The average allocations of a call.
struct Counted {
    allocations: f64,
    bytes: f64,
}

/// Counts the allocations of `callers` concurrent callers. They make enough calls for rare allocations to weigh little.
async fn count<F: Future<Output = anyhow::Result<()>>>(
    callers: usize,
    call: impl Fn() -> F,
) -> anyhow::Result<Counted> {
    let calls = |each: usize| {
        let call = &call;
        futures::future::try_join_all((0..callers).map(move |_| async move {
            for _ in 0..each {
                call().await?;
            }
            anyhow::Ok(())
        }))
    };
    calls(WARM / callers).await?;
    let region = Region::new(GLOBAL);
    calls(CALLS / callers).await?;
    let change = region.change();
    let calls = (CALLS / callers * callers) as f64;
    Ok(Counted {
        allocations: (change.allocations + change.reallocations) as f64 / calls,
        bytes: change.bytes_allocated as f64 / calls,
    })
}

async fn domainsockets(socket: &Path, callers: usize) -> anyhow::Result<Counted> {
    let server = Server::bind(socket)?
        .add_service(EchoServer::new(Own))?
        .start()?;
    let client = EchoClient::dial(socket).await?;
    let data = [7; 64];
    let counted = count(callers, async || {
        anyhow::ensure!(client.echo(&data).await?.len() == data.len());
        Ok(())
    })
    .await;
    server.close().await?;
    counted
}

#[service]
trait Echo {
    async fn echo(&self, data: &[u8]) -> Vec<u8>;
}

struct Own;

impl Echo for Own {
    async fn echo(&self, data: &[u8]) -> Vec<u8> {
        data.to_vec()
    }
}

/// tarpc, used as its own documentation shows.
mod tarpc_peer {
    use std::path::Path;

    use bytes::Bytes;
    use futures::StreamExt as _;
    use tarpc::server::{BaseChannel, Channel as _};
    use tarpc::tokio_serde::formats::Bincode;
    use tarpc::{client, context, serde_transport};

    use super::Counted;

    pub(super) async fn count(socket: &Path, callers: usize) -> anyhow::Result<Counted> {
        let mut incoming = serde_transport::unix::listen(socket, Bincode::default).await?;
        let server = tokio::spawn(async move {
            while let Some(Ok(transport)) = incoming.next().await {
                let requests = BaseChannel::with_defaults(transport).execute(Own.serve());
                tokio::spawn(requests.for_each(async |request| {
                    tokio::spawn(request);
                }));
            }
        });
        let transport = serde_transport::unix::connect(socket, Bincode::default).await?;
        let client = EchoClient::new(client::Config::default(), transport).spawn();
        let data = Bytes::from_static(&[7; 64]);
        let counted = super::count(callers, async || {
            let reply = client.echo(context::current(), data.clone()).await?;
            anyhow::ensure!(reply.len() == data.len());
            Ok(())
        })
        .await;
        server.abort();
        std::fs::remove_file(socket)?;
        counted
    }

    #[tarpc::service]
    trait Echo {
        async fn echo(data: Bytes) -> Bytes;
    }

    #[derive(Clone)]
    struct Own;

    impl Echo for Own {
        async fn echo(self, _: context::Context, data: Bytes) -> Bytes {
            data
        }
    }
}

const WARM: usize = 6_400;

const CALLS: usize = 64_000;
