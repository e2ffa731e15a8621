//! Graceful shutdown: connections drain during the grace period, and are closed after it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::connections::Connections;
use crate::request::OneShotEvent;

/// The event of a server's shutdown. It is also set if the server's task is dropped or panics.
#[derive(Debug, Default)]
pub(super) struct ShutdownGuard(pub(super) Arc<OneShotEvent>);

impl Drop for ShutdownGuard {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// Lets running handlers finish for the grace period, and then ends the connections.
pub(super) async fn end_connections(
    drivers: &mut JoinSet<()>,
    connections: &mut Connections,
    grace: Duration,
) {
    connections.processes.watch_fresh();
    for connection in connections.iter() {
        connection.drain();
    }
    if timeout(grace, join_all(drivers, connections)).await.is_ok() {
        return;
    }
    for connection in connections.iter() {
        connection.end();
    }
    let ended = timeout(GOODBYE_TIMEOUT, join_all(drivers, connections)).await;
    if ended.is_err() {
        // A driver whose thread is blocked does not end, so it is not waited for.
        let _ = timeout(GOODBYE_TIMEOUT, drivers.shutdown()).await;
    }
}

/// Waits until all connections have ended. Ends those of dead processes at once.
async fn join_all(drivers: &mut JoinSet<()>, connections: &mut Connections) {
    loop {
        tokio::select! {
            ended = drivers.join_next_with_id() => match ended {
                Some(ended) => connections.remove_ended(&ended),
                None => return,
            },
            () = connections.end_dead() => {}
        }
    }
}

/// How long connections may take to send their goodbyes.
const GOODBYE_TIMEOUT: Duration = Duration::from_millis(50);
