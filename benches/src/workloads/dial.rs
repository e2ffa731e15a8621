//! The time from dialling to the first reply, one connection after the other.

use super::{Scene, payload};
use crate::load::{Call, measure};
use crate::metric::Metric;
use crate::peers::Peer;

pub(super) async fn drive<P: Peer>(scene: &Scene<'_>) -> anyhow::Result<Vec<(Metric, f64)>> {
    let call = Call::Dial(scene.socket.to_owned(), payload(64));
    let measured = measure::<P>(vec![call], scene.pace(64), scene.server).await?;
    let p50 = measured.tallies.first().map(|dials| dials.quantile(0.5));
    Ok(p50.map(|p50| (Metric::P50, p50)).into_iter().collect())
}
