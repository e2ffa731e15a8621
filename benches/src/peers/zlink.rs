//! zlink: JSON over a Unix stream, bytes as base64. Its connection makes one call at a time, or several
//! in a batch. So where callers share a connection, the next one to use it sends all waiting calls.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use zlink::tokio::unix;
use zlink::{Call, ReplyError, introspect};

use crate::load::{Caller, Tally};
use crate::peers::{Peer, Role, expect_same};
use crate::work;

pub(super) struct Zlink;

impl Peer for Zlink {
    const NAME: &'static str = "zlink";
    const ROLE: Role = Role::Rpc;
    // The first large message takes quadratic time: seconds for one MiB.
    const LARGEST: usize = 1 << 20;

    type Connection = Arc<Shared>;

    async fn serve(socket: &Path, ready: impl FnOnce()) -> anyhow::Result<()> {
        let server = zlink::Server::new(unix::bind(socket)?, Own);
        ready();
        Ok(server.run().await?)
    }

    async fn connect(socket: &Path) -> anyhow::Result<Arc<Shared>> {
        Ok(Arc::new(Shared(Mutex::new(State {
            waiting: Vec::new(),
            connection: Some(unix::connect(socket).await?),
        }))))
    }

    async fn echo(connection: &Arc<Shared>, data: Bytes) -> anyhow::Result<()> {
        let method = Method::Echo {
            data: STANDARD.encode(&data),
        };
        let reply = connection.call(method).await?;
        let reply = reply.context("a reply without parameters")?;
        expect_same(&data, &STANDARD.decode(reply.data)?)
    }

    async fn compute(connection: &Arc<Shared>) -> anyhow::Result<()> {
        connection.call(Method::Compute).await?;
        Ok(())
    }

    fn spawn(caller: Caller<Self>) -> JoinHandle<anyhow::Result<Tally>> {
        tokio::spawn(caller.run())
    }
}

/// A connection, and its waiting calls.
pub(super) struct Shared(Mutex<State>);

struct State {
    waiting: Vec<Waiting>,
    /// `None` while a caller uses it. That caller also sends the waiting calls.
    connection: Option<unix::Connection>,
}

struct Waiting {
    call: Call<Method>,
    reply: oneshot::Sender<Option<Echoed>>,
}

impl Shared {
    async fn call(self: &Arc<Self>, method: Method) -> anyhow::Result<Option<Echoed>> {
        let (reply, replied) = oneshot::channel();
        let call = Call::new(method);
        let connection = {
            let mut state = self.state();
            state.waiting.push(Waiting { call, reply });
            state.connection.take()
        };
        if let Some(mut connection) = connection {
            self.send_waiting(&mut connection).await?;
            if let Some(connection) = self.give_back(connection) {
                tokio::spawn(Arc::clone(self).serve_others(connection));
            }
        }
        Ok(replied.await?)
    }

    /// Sends waiting calls until there are none.
    async fn serve_others(self: Arc<Self>, mut connection: unix::Connection) -> anyhow::Result<()> {
        loop {
            // Callers that have just received their replies may call again.
            tokio::task::yield_now().await;
            self.send_waiting(&mut connection).await?;
            match self.give_back(connection) {
                Some(kept) => connection = kept,
                None => return Ok(()),
            }
        }
    }

    /// Sends all waiting calls in a batch.
    async fn send_waiting(&self, connection: &mut unix::Connection) -> anyhow::Result<()> {
        let waiting = std::mem::take(&mut self.state().waiting);
        for waiting in &waiting {
            connection.enqueue_call(&waiting.call)?;
        }
        connection.flush().await?;
        for waiting in waiting {
            let (reply, _) = connection.receive_reply::<Echoed, Failed>().await?;
            let reply = reply.map_err(|error| anyhow!("{error:?}"))?;
            // The caller may have been cancelled.
            let _ = waiting.reply.send(reply.into_parameters());
        }
        Ok(())
    }

    /// Returns the connection if calls are waiting. Otherwise stores it for the next caller.
    fn give_back(&self, connection: unix::Connection) -> Option<unix::Connection> {
        let mut state = self.state();
        if state.waiting.is_empty() {
            state.connection = Some(connection);
            None
        } else {
            Some(connection)
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "method", content = "parameters")]
enum Method {
    #[serde(rename = "org.example.Echo.Echo")]
    Echo { data: String },
    #[serde(rename = "org.example.Echo.Compute")]
    Compute,
}

#[derive(Debug, Serialize, Deserialize, introspect::Type)]
struct Echoed {
    data: String,
}

#[derive(Debug, ReplyError)]
#[zlink(interface = "org.example.Echo")]
enum Failed {}

struct Own;

#[zlink::service(interface = "org.example.Echo")]
impl Own {
    #[expect(
        clippy::unused_async,
        reason = "the attribute wants methods to be async"
    )]
    async fn echo(&self, data: String) -> Echoed {
        Echoed { data }
    }

    #[expect(
        clippy::unused_async,
        reason = "the attribute wants methods to be async"
    )]
    async fn compute(&self) {
        work::compute();
    }
}
