//! A client that reconnects: which calls it repeats, and what happens while there is no server. Server
//! and client are in one process here.
//!
//! ```text
//! cargo run --example reconnect
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::future::pending;
use std::path::Path;
use std::time::Duration;

use domainsockets::{
    CallOptions, Client, Error as RpcError, Reconnect, Server, ServerHandle, service,
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::sleep;

/// Switches a lamp.
#[service]
pub trait Lamp {
    /// Switches the lamp on or off. Repeating the call changes nothing more.
    #[rpc(idempotent)]
    async fn set(&self, on: bool);

    /// Switches the lamp to its other state.
    async fn toggle(&self);
}

struct Bulb {
    begun: UnboundedSender<()>,
    /// Whether calls never end, so that they are in flight when the server is lost.
    hangs: bool,
}

impl Bulb {
    async fn switch(&self) {
        // It fails when the program ends.
        let _ = self.begun.send(());
        if self.hangs {
            pending::<()>().await;
        }
    }
}

impl Lamp for Bulb {
    async fn set(&self, _on: bool) {
        self.switch().await;
    }

    async fn toggle(&self) {
        self.switch().await;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A daemon has a fixed name. Here a separate directory keeps two runs apart.
    let dir = tempfile::tempdir()?;
    let name = dir.path().join("lamp");
    let (begun, mut calls) = unbounded_channel();
    let start = |hangs| start(&name, begun.clone(), hangs);

    let first = start(true)?;
    let policy = Reconnect::default()
        .initial_backoff(Duration::from_millis(10))
        .max_backoff(Duration::from_millis(100));
    let client = Client::builder().reconnect(policy).dial(&name).await?;
    let lamp = LampClient::new(client);

    // The server is lost while two calls are in flight, and another one takes its place.
    let restart = async {
        calls.recv().await;
        calls.recv().await;
        drop(first);
        start(false)
    };
    let (set, toggled, second) = tokio::join!(lamp.set(true), lamp.toggle(), restart);
    println!("idempotent, so repeated: {set:?}");
    println!("may have run, so not repeated: {}", describe(toggled)?);

    // Without a server a call waits until its deadline, and reports the last attempt to dial.
    second?.close().await?;
    let soon = CallOptions::new().with_deadline(Duration::from_millis(300));
    let toggled = lamp.with(soon).toggle().await;
    println!("no server: {}", describe(toggled)?);

    // A call that waits is sent once the server is back. Nothing of it was sent before.
    let restart = async {
        sleep(Duration::from_millis(50)).await;
        start(false)
    };
    let (toggled, third) = tokio::join!(lamp.toggle(), restart);
    println!("server is back: {toggled:?}");

    third?.close().await?;
    Ok(())
}

/// Answers the two questions that a caller has about an error.
fn describe(called: Result<(), RpcError>) -> Result<String, &'static str> {
    let error = called.err().ok_or("the call has succeeded")?;
    let (may_have_run, is_retryable) = (error.may_have_run(), error.is_retryable());
    let name = error.name();
    Ok(format!(
        "{name}, may have run: {may_have_run}, retryable: {is_retryable}"
    ))
}

fn start(
    name: &Path,
    begun: UnboundedSender<()>,
    hangs: bool,
) -> Result<ServerHandle, Box<dyn Error>> {
    let server = Server::bind(name)?.add_service(LampServer::new(Bulb { begun, hangs }))?;
    Ok(server.start()?)
}
