//! Figures for logs and dashboards.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What a client has counted since it was dialled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientStats {
    /// Calls that wait for their reply now.
    pub in_flight: usize,
    /// Replies that nobody waited for: to calls that were given up, or that never were.
    pub stray_replies: u64,
}

/// What a server has counted since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStats {
    /// Connections that are open now.
    pub connections: usize,
    /// Connections that were closed because the client broke the protocol.
    pub violations: u64,
    /// Messages to the setup socket that led to no connection.
    pub refused_setups: u64,
}

/// Where a server's tasks count.
#[derive(Debug, Default)]
pub(crate) struct ServerCounters {
    connections: AtomicUsize,
    violations: AtomicU64,
    refused_setups: AtomicU64,
}

impl ServerCounters {
    pub(crate) fn opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn violated(&self) {
        self.violations.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused_setup(&self) {
        self.refused_setups.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> ServerStats {
        ServerStats {
            connections: self.connections.load(Ordering::Relaxed),
            violations: self.violations.load(Ordering::Relaxed),
            refused_setups: self.refused_setups.load(Ordering::Relaxed),
        }
    }
}
