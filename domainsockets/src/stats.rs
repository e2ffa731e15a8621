//! Figures for logs and dashboards.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// What a client has counted on its connection, since that was dialled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientStats {
    /// Calls that wait for their reply now.
    pub in_flight: usize,
    /// Replies that nobody waited for: to calls that were given up, or that never were.
    pub stray_replies: u64,
    /// Datagrams that came from somebody else than the server, and were passed over.
    pub foreign_datagrams: u64,
}

/// What a server has counted since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStats {
    /// Connections that are open now.
    pub connections: usize,
    /// Connections that were closed because the client broke the protocol.
    pub violations: u64,
    /// Connections that were closed because the client did not read what was sent to it, or did not
    /// end a message that it had begun.
    pub timeouts: u64,
    /// Connections that were closed, and setups that were refused, because their user had too many,
    /// or kept too much memory.
    pub overloads: u64,
    /// Messages to the setup socket that led to no connection.
    pub refused_setups: u64,
    /// Those of them whose senders are not allowed to call the server.
    pub denied_setups: u64,
    /// Datagrams on the sockets of connections that came from somebody else than the client.
    pub foreign_datagrams: u64,
    /// Whether the file of the server's name has been removed, or is another server's now.
    pub name_lost: bool,
}

/// Where a server's tasks count.
#[derive(Debug, Default)]
pub(crate) struct ServerCounters {
    connections: AtomicUsize,
    violations: AtomicU64,
    timeouts: AtomicU64,
    overloads: AtomicU64,
    refused_setups: AtomicU64,
    denied_setups: AtomicU64,
    foreign_datagrams: AtomicU64,
    name_lost: AtomicBool,
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

    pub(crate) fn timed_out(&self) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn overloaded(&self) {
        self.overloads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused_setup(&self) {
        self.refused_setups.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn denied_setup(&self) {
        self.denied_setups.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn passed_over(&self) {
        self.foreign_datagrams.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns whether it was not known.
    pub(crate) fn lost_name(&self) -> bool {
        !self.name_lost.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn read(&self) -> ServerStats {
        ServerStats {
            connections: self.connections.load(Ordering::Relaxed),
            violations: self.violations.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
            overloads: self.overloads.load(Ordering::Relaxed),
            refused_setups: self.refused_setups.load(Ordering::Relaxed),
            denied_setups: self.denied_setups.load(Ordering::Relaxed),
            foreign_datagrams: self.foreign_datagrams.load(Ordering::Relaxed),
            name_lost: self.name_lost.load(Ordering::Relaxed),
        }
    }
}
