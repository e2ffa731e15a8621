//! Computing handlers, all called on one connection, and the latency of an echo on it.

use super::{Scene, payload};
use crate::load::{Call, Tally, measure};
use crate::metric::Metric;
use crate::peers::Peer;
use crate::work::COMPUTE;

pub(super) async fn drive<P: Peer>(
    scene: &Scene<'_>,
    callers: usize,
) -> anyhow::Result<Vec<(Metric, f64)>> {
    let connection = P::connect(scene.socket).await?;
    let mut calls = vec![Call::Echo(connection.clone(), payload(64))];
    calls.extend((0..callers).map(|_| Call::Compute(connection.clone())));
    let measured = measure::<P>(calls, scene.pace(64), scene.server).await?;
    let Some((echo, computing)) = measured.tallies.split_first() else {
        return Ok(Vec::new());
    };
    let computed: f64 = computing.iter().map(Tally::calls).sum();
    Ok(vec![
        (
            Metric::Cores,
            computed * COMPUTE.as_secs_f64() / measured.elapsed.as_secs_f64(),
        ),
        (Metric::P50, echo.quantile(0.5)),
        (Metric::P99, echo.quantile(0.99)),
    ])
}
