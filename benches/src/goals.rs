//! The goals of the library, as ratios of medians within one run.

use crate::metric::Metric;
use crate::peers::{AnyPeer, Role};
use crate::results::Results;
use crate::runtime::Flavor;

/// A bound on a value of the library, usually relative to a peer's.
#[derive(Debug)]
pub(crate) struct Goal {
    pub(crate) workload: &'static str,
    pub(crate) metric: Metric,
    /// The library, or a setting of it.
    pub(crate) ours: &'static str,
    pub(crate) beside: Beside,
    /// The bounds on the multi-thread and on the current-thread runtime.
    bounds: [Option<f64>; 2],
}

/// The value that a value is divided by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beside {
    Peer(&'static str),
    /// The best value of the other RPC systems.
    Best,
    /// One: the bound is absolute.
    Nothing,
}

/// A goal and the measured value.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) beside: &'static str,
    pub(crate) bound: f64,
    pub(crate) reached: f64,
    pub(crate) holds: bool,
}

/// All goals.
#[rustfmt::skip]
pub(crate) const ALL: [Goal; 16] = [
    goal("sequential", Metric::P50, OURS, BARE, Some(0.6), Some(0.6)),
    goal("sequential", Metric::P50, OURS, TARPC, Some(0.35), Some(0.35)),
    goal("sequential", Metric::P50, BLOCKING, BARE_BLOCKING, Some(0.4), Some(0.4)),
    goal("callers-64", Metric::Rate, SMALL, TARPC, Some(6.0), Some(3.0)),
    goal("callers-256", Metric::Rate, OURS, TARPC, Some(9.0), Some(4.0)),
    goal("callers-64", Metric::Cpu, OURS, TARPC, Some(0.2), Some(0.4)),
    goal("callers-16-4k", Metric::Rate, OURS, TARPC, Some(2.5), Some(2.5)),
    goal("callers-16-4k", Metric::Rate, OURS, Beside::Best, Some(2.0), None),
    goal("large-1m", Metric::Throughput, OURS, CAPNP, Some(1.2), Some(1.2)),
    goal("large-1m", Metric::Throughput, OURS, BARE, Some(0.9), Some(0.9)),
    goal("large-16m", Metric::Throughput, OURS, CAPNP, Some(1.2), Some(1.2)),
    goal("large-16m", Metric::Throughput, OURS, BARE, Some(0.9), Some(0.9)),
    goal("connections-64", Metric::Rate, OURS, TARPC, Some(1.6), Some(1.6)),
    goal("dial-memory", Metric::P50, OURS, TARPC, Some(0.9), Some(0.9)),
    goal("dial-disk", Metric::P50, OURS, TARPC, Some(0.9), Some(0.9)),
    goal("memory", Metric::Memory, OURS, Beside::Nothing, Some(2.5), Some(2.5)),
];

impl Goal {
    /// Returns the outcome, if the goal has a bound on this runtime and its peers were measured.
    pub(crate) fn outcome(
        &self,
        flavor: Flavor,
        peers: &[Box<dyn AnyPeer>],
        results: &Results,
    ) -> Option<Outcome> {
        let [multi, current] = self.bounds;
        let bound = match flavor {
            Flavor::Multi => multi?,
            Flavor::Current => current?,
        };
        let median = |peer| results.median(self.workload, self.metric, peer);
        let (beside, theirs) = match self.beside {
            Beside::Peer(peer) => (peer, median(peer)?),
            Beside::Nothing => ("", 1.0),
            Beside::Best => peers
                .iter()
                .filter(|peer| peer.role() == Role::Rpc && peer.name() != OURS)
                .filter_map(|peer| Some((peer.name(), median(peer.name())?)))
                .max_by(|(_, one), (_, other)| {
                    if self.metric.more_is_better() {
                        one.total_cmp(other)
                    } else {
                        other.total_cmp(one)
                    }
                })?,
        };
        let reached = median(self.ours)? / theirs;
        let holds = if self.metric.more_is_better() {
            reached >= bound
        } else {
            reached <= bound
        };
        Some(Outcome {
            beside,
            bound,
            reached,
            holds,
        })
    }
}

const OURS: &str = "domainsockets";

/// The library with small datagrams.
const SMALL: &str = "domainsockets-4k";

/// The library without a runtime.
const BLOCKING: &str = "domainsockets-blocking";

const BARE_BLOCKING: Beside = Beside::Peer("blocking-datagram");
const BARE: Beside = Beside::Peer("bare-datagram");

const TARPC: Beside = Beside::Peer("tarpc");

const CAPNP: Beside = Beside::Peer("capnp-rpc");

const fn goal(
    workload: &'static str,
    metric: Metric,
    ours: &'static str,
    beside: Beside,
    multi: Option<f64>,
    current: Option<f64>,
) -> Goal {
    Goal {
        workload,
        metric,
        ours,
        beside,
        bounds: [multi, current],
    }
}
