//! The workloads, and the peers that take part in each.

mod compute;
mod dial;
mod echo;
mod memory;

use std::path::Path;
use std::time::Duration;

use crate::load::Pace;
use crate::metric::Metric;
use crate::peers::{Peer, Role};

/// A workload of the peers.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) kind: Kind,
    pub(crate) entrants: Entrants,
}

/// What a client does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Echoes of `size` bytes by `callers` on each of `connections`, next to `idle` connections.
    Echo {
        connections: usize,
        callers: usize,
        size: usize,
        idle: usize,
    },
    /// Dials, with socket files in memory or on a disk.
    Dial { place: Place },
    /// Opens connections and measures the server's memory.
    Memory { connections: usize },
    /// Calls computing handlers, and echoes at the same time.
    Compute { callers: usize },
}

/// Where the socket files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Memory,
    Disk,
}

/// The peers that take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entrants {
    /// RPC systems and their settings.
    Many,
    /// RPC systems only.
    Rpc,
    /// RPC systems and bare loops.
    Single,
    /// RPC systems, and bare loops of all datagram sizes.
    Large,
    /// RPC systems and bare loops that can be dialled.
    Dialed,
    /// The few peers that a chart shows as lines.
    Curve,
}

/// The parameters of a client.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) workload: &'a Workload,
    pub(crate) socket: &'a Path,
    pub(crate) server: u32,
    pub(crate) quick: bool,
}

/// The sizes of the curve, in bytes.
pub(crate) const SIZES: [usize; 9] = [
    64,
    512,
    4 << 10,
    32 << 10,
    128 << 10,
    512 << 10,
    1 << 20,
    4 << 20,
    16 << 20,
];

/// The numbers of idle connections of the curve.
pub(crate) const IDLE: [usize; 3] = [0, 100, 1000];

/// The peers of the curves.
pub(crate) const CURVES: [&str; 4] = ["domainsockets", "bare-datagram", "tarpc", "capnp-rpc"];

/// Runs a workload against a peer's server.
pub(crate) async fn drive<P: Peer>(scene: &Scene<'_>) -> anyhow::Result<Vec<(Metric, f64)>> {
    match scene.workload.kind {
        Kind::Echo {
            connections,
            callers,
            size,
            idle,
        } => {
            let (size, idle) = (scene.small(size), scene.few(idle));
            echo::drive::<P>(scene, connections, callers, size, idle).await
        }
        Kind::Dial { .. } => dial::drive::<P>(scene).await,
        Kind::Memory { connections } => memory::drive::<P>(scene, scene.few(connections)).await,
        Kind::Compute { callers } => compute::drive::<P>(scene, callers).await,
    }
}

/// Returns all workloads, in the order of the table.
pub(crate) fn all() -> Vec<Workload> {
    let mut all = vec![
        echo(
            "sequential",
            "one caller, 64 B",
            (1, 1, 64),
            Entrants::Single,
        ),
        echo(
            "callers-16",
            "16 callers, 64 B",
            (1, 16, 64),
            Entrants::Many,
        ),
        echo(
            "callers-64",
            "64 callers, 64 B",
            (1, 64, 64),
            Entrants::Many,
        ),
        echo(
            "callers-256",
            "256 callers, 64 B",
            (1, 256, 64),
            Entrants::Many,
        ),
        echo(
            "callers-16-4k",
            "16 callers, 4 KiB",
            (1, 16, 4096),
            Entrants::Many,
        ),
        echo(
            "connections-64",
            "64 connections of one caller, 64 B",
            (64, 1, 64),
            Entrants::Rpc,
        ),
        echo(
            "large-1m",
            "one caller, 1 MiB",
            (1, 1, 1 << 20),
            Entrants::Large,
        ),
        echo(
            "large-16m",
            "one caller, 16 MiB",
            (1, 1, 16 << 20),
            Entrants::Large,
        ),
        Workload {
            name: "dial-memory".to_owned(),
            title: "dial to first reply, socket files on tmpfs".to_owned(),
            kind: Kind::Dial {
                place: Place::Memory,
            },
            entrants: Entrants::Dialed,
        },
        Workload {
            name: "dial-disk".to_owned(),
            title: "dial to first reply, socket files on a disk".to_owned(),
            kind: Kind::Dial { place: Place::Disk },
            entrants: Entrants::Dialed,
        },
        Workload {
            name: "memory".to_owned(),
            title: "the server's memory for an idle connection, of 1000".to_owned(),
            kind: Kind::Memory { connections: 1000 },
            entrants: Entrants::Rpc,
        },
        Workload {
            name: "compute".to_owned(),
            title: "8 callers of a handler that computes 50 µs, and an echo beside them".to_owned(),
            kind: Kind::Compute { callers: 8 },
            entrants: Entrants::Rpc,
        },
    ];
    all.extend(SIZES.map(|size| {
        let title = format!("one caller, {}", show_size(size));
        echo(&size_name(size), &title, (1, 1, size), Entrants::Curve)
    }));
    all.extend(IDLE.map(|idle| Workload {
        name: idle_name(idle),
        title: format!("one caller, 64 B, beside {idle} idle connections"),
        kind: Kind::Echo {
            connections: 1,
            callers: 1,
            size: 64,
            idle,
        },
        entrants: Entrants::Curve,
    }));
    all
}

/// Returns the workload of a point on the curve of sizes.
pub(crate) fn size_name(size: usize) -> String {
    format!("size-{size}")
}

/// Returns the workload of a point on the curve of idle connections.
pub(crate) fn idle_name(idle: usize) -> String {
    format!("idle-{idle}")
}

/// Returns a size with its unit.
pub(crate) fn show_size(size: usize) -> String {
    match size {
        0..1024 => format!("{size} B"),
        1024..0x10_0000 => format!("{} KiB", size >> 10),
        _ => format!("{} MiB", size >> 20),
    }
}

impl Workload {
    /// Returns whether a peer takes part if it was not named.
    pub(crate) fn takes(&self, name: &str, role: Role) -> bool {
        match self.entrants {
            Entrants::Rpc => role == Role::Rpc,
            Entrants::Many => matches!(role, Role::Rpc | Role::Setting),
            Entrants::Single => matches!(role, Role::Rpc | Role::Bare | Role::BareEcho),
            Entrants::Large => !matches!(role, Role::Setting | Role::Trial),
            Entrants::Dialed => matches!(role, Role::Rpc | Role::Bare),
            Entrants::Curve => CURVES.contains(&name),
        }
    }

    /// Returns whether a peer can take part.
    pub(crate) fn can_take(&self, role: Role) -> bool {
        let bare = matches!(role, Role::Bare | Role::BareEcho | Role::BareLarge);
        !bare || self.takes("", role) || self.entrants == Entrants::Curve
    }

    /// Returns how often it is measured in `rounds` rounds.
    pub(crate) fn rounds(&self, rounds: usize) -> usize {
        match self.kind {
            Kind::Memory { .. } => rounds.min(3),
            _ if self.entrants == Entrants::Curve => rounds.div_ceil(2),
            _ => rounds,
        }
    }

    /// Returns the largest message that it sends, in bytes.
    pub(crate) fn size(&self) -> usize {
        match self.kind {
            Kind::Echo { size, .. } => size,
            _ => 64,
        }
    }

    /// Returns where its socket files are.
    pub(crate) fn place(&self) -> Place {
        match self.kind {
            Kind::Dial { place } => place,
            _ => Place::Memory,
        }
    }
}

impl Scene<'_> {
    fn pace(&self, size: usize) -> Pace {
        let (warm, window) = match (self.quick, size) {
            (true, _) => (2, 10),
            (false, 0..0x40_0000) => (60, 250),
            (false, _) => (200, 500),
        };
        Pace {
            warm: Duration::from_millis(warm),
            window: Duration::from_millis(window),
        }
    }

    fn small(&self, size: usize) -> usize {
        if self.quick { size.min(64 << 10) } else { size }
    }

    fn few(&self, connections: usize) -> usize {
        if self.quick {
            connections.div_ceil(50)
        } else {
            connections
        }
    }
}

fn echo(
    name: &str,
    title: &str,
    (connections, callers, size): (usize, usize, usize),
    entrants: Entrants,
) -> Workload {
    Workload {
        name: name.to_owned(),
        title: title.to_owned(),
        kind: Kind::Echo {
            connections,
            callers,
            size,
            idle: 0,
        },
        entrants,
    }
}

/// Returns bytes that are not all the same.
fn payload(size: usize) -> bytes::Bytes {
    (0..251).cycle().take(size).collect()
}
