//! The server's memory for an idle connection that has been used.

use super::{Scene, payload};
use crate::metric::Metric;
use crate::peers::Peer;
use crate::process::resident_kib;

pub(super) async fn drive<P: Peer>(
    scene: &Scene<'_>,
    connections: usize,
) -> anyhow::Result<Vec<(Metric, f64)>> {
    let data = payload(64);
    let mut held = Vec::with_capacity(FIRST + connections);
    let mut before = 0.0;
    for opened in 0..FIRST + connections {
        if opened == FIRST {
            before = resident_kib(scene.server)?;
        }
        let connection = P::connect(scene.socket).await?;
        P::echo(&connection, data.clone()).await?;
        held.push(connection);
    }
    let grown = resident_kib(scene.server)? - before;
    Ok(vec![(Metric::Memory, grown / connections as f64)])
}

/// The number of connections before the measurement, so that one-time allocations of the server do not
/// count.
const FIRST: usize = 8;
