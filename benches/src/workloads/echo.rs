//! Echoes: the latency of one caller, or the rate of many.

use super::{Entrants, Scene, payload};
use crate::load::{Call, measure};
use crate::metric::Metric;
use crate::peers::Peer;

pub(super) async fn drive<P: Peer>(
    scene: &Scene<'_>,
    connections: usize,
    callers: usize,
    size: usize,
    idle: usize,
) -> anyhow::Result<Vec<(Metric, f64)>> {
    let data = payload(size);
    let mut others = Vec::with_capacity(idle);
    for _ in 0..idle {
        let connection = P::connect(scene.socket).await?;
        P::echo(&connection, data.clone()).await?;
        others.push(connection);
    }
    let mut calls = Vec::with_capacity(connections * callers);
    for _ in 0..connections {
        let connection = P::connect(scene.socket).await?;
        calls.extend((0..callers).map(|_| Call::Echo(connection.clone(), data.clone())));
    }
    let measured = measure::<P>(calls, scene.pace(size), scene.server).await?;
    let (calls, seconds) = (measured.calls(), measured.elapsed.as_secs_f64());
    Ok(match measured.tallies.as_slice() {
        [one] if scene.workload.entrants == Entrants::Curve => {
            vec![(Metric::P50, one.quantile(0.5))]
        }
        [one] if scene.workload.entrants == Entrants::Large => {
            let mib = 2.0 * size as f64 / f64::from(1 << 20);
            vec![(Metric::Throughput, one.calls() * mib / one.seconds())]
        }
        [one] => vec![
            (Metric::P50, one.quantile(0.5)),
            (Metric::P99, one.quantile(0.99)),
        ],
        _ => vec![
            (Metric::Rate, calls / seconds / 1e3),
            (Metric::Cpu, measured.cpu.as_secs_f64() * 1e6 / calls),
        ],
    })
}
