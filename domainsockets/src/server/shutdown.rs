//! Graceful shutdown: how the connections of a server end with it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;

use super::connections::Connections;
use crate::request::Signal;

/// The signal of a server's shutdown, which is set at its end in any case: if the server's task is dropped or
/// panics, too.
#[derive(Debug, Default)]
pub(super) struct ShutdownGuard(pub(super) Arc<Signal>);

impl Drop for ShutdownGuard {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// Lets the connections finish for as long as `grace`, and then ends them.
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
        // A driver that blocks its thread is not waited for.
        let _ = timeout(GOODBYE_TIMEOUT, drivers.shutdown()).await;
    }
}

pub(super) fn id_of(ended: Result<(Id, ()), JoinError>) -> Id {
    ended.map_or_else(|error| error.id(), |(id, ())| id)
}

/// Waits until all connections have ended, which those of dead processes do at once.
async fn join_all(drivers: &mut JoinSet<()>, connections: &mut Connections) {
    loop {
        tokio::select! {
            ended = drivers.join_next_with_id() => match ended {
                Some(ended) => connections.remove(id_of(ended)),
                None => return,
            },
            () = connections.end_dead() => {}
        }
    }
}

/// How long the connections have to say that the server has ended.
const GOODBYE_TIMEOUT: Duration = Duration::from_millis(50);
