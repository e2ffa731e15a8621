//! What the connections of one user hold together.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How much the connections of one user may hold.
#[derive(Clone, Debug)]
pub(super) struct UserLimits {
    /// How many connections there may be.
    pub(super) connections: usize,
    /// How many requests may run.
    pub(super) in_flight: usize,
    /// How many bytes of requests and replies may be kept: see [`UserQuota`].
    pub(super) memory: usize,
    /// How many setup messages are answered in a second.
    pub(super) max_setups_per_second: u32,
}

/// What the connections of one user hold: themselves, requests that run, and the bytes that are kept of messages
/// that are not whole, of requests whose handlers run, and of replies that the client has not read.
///
/// Each connection may keep [`UNCHARGED`] bytes that are not counted, so that the traffic of small messages
/// does not come here.
#[derive(Debug)]
pub(super) struct UserQuota {
    limits: UserLimits,
    connections: AtomicUsize,
    running: AtomicUsize,
    memory: AtomicUsize,
}

/// What one connection has been charged for.
#[derive(Debug, Default)]
pub(super) struct Charge {
    bytes: usize,
}

impl UserQuota {
    pub(super) const fn new(limits: UserLimits) -> Self {
        Self {
            limits,
            connections: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            memory: AtomicUsize::new(0),
        }
    }

    /// Whether there may be another connection.
    pub(super) fn has_connection_left(&self) -> bool {
        self.connections.load(Ordering::Relaxed) < self.limits.connections
    }

    /// Whether nothing is held.
    pub(super) fn is_unused(&self) -> bool {
        self.connections.load(Ordering::Relaxed) == 0
    }

    /// Counts a connection, which has a descriptor for as long as a handler of it runs.
    pub(super) fn join(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts it no more.
    pub(super) fn leave(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether another request may run that keeps so many bytes. Requests of several connections that
    /// ask at the same time may all be let in.
    pub(super) fn admits(&self, bytes: usize) -> bool {
        self.running.load(Ordering::Relaxed) < self.limits.in_flight && self.has_memory(bytes)
    }

    /// Says which limit a request exceeds that keeps so many bytes.
    #[cold]
    pub(super) fn exceeded(&self, bytes: usize) -> String {
        let UserLimits {
            in_flight, memory, ..
        } = self.limits;
        if self.running.load(Ordering::Relaxed) < in_flight {
            format!("{bytes} bytes of a request beyond the limit of {memory} for its user")
        } else {
            format!("the limit of {in_flight} requests in flight for one user")
        }
    }

    /// Whether so many bytes may be kept as well.
    pub(super) fn has_memory(&self, bytes: usize) -> bool {
        let kept = self.memory.load(Ordering::Relaxed);
        kept.saturating_add(bytes) <= self.limits.memory
    }

    /// Counts a request that runs and keeps so many bytes.
    pub(super) fn begin(&self, bytes: usize) {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.memory.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts it no more.
    pub(super) fn end(&self, bytes: usize) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        self.memory.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Counts that a connection keeps so many bytes now. Returns whether that is within the limit, or
    /// at least not more than it was.
    pub(super) fn settle(&self, charge: &mut Charge, kept: usize) -> bool {
        let due = kept.saturating_sub(UNCHARGED).next_multiple_of(CHARGE_STEP);
        if due == charge.bytes {
            return true;
        }
        if due < charge.bytes {
            self.memory.fetch_sub(charge.bytes - due, Ordering::Relaxed);
            charge.bytes = due;
            return true;
        }
        let grown = due - charge.bytes;
        let before = self.memory.fetch_add(grown, Ordering::Relaxed);
        charge.bytes = due;
        before.saturating_add(grown) <= self.limits.memory
    }
}

/// How many bytes a connection keeps without being charged.
pub(super) const UNCHARGED: usize = 64 * 1024;

/// In which steps it is charged.
const CHARGE_STEP: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::{Charge, UNCHARGED, UserLimits, UserQuota};

    fn quota(in_flight: usize, memory: usize) -> UserQuota {
        UserQuota::new(UserLimits {
            connections: 1,
            in_flight,
            memory,
            max_setups_per_second: 1,
        })
    }

    #[test]
    fn little_is_free() {
        let quota = quota(1, 0);
        let mut charge = Charge::default();
        assert!(quota.settle(&mut charge, UNCHARGED));
        assert!(!quota.settle(&mut charge, UNCHARGED + 1));
        assert!(quota.settle(&mut charge, 0), "less is always within");
        assert_eq!(quota.memory.into_inner(), 0);
    }

    #[test]
    fn connections_and_requests_share_the_limit() {
        let quota = quota(2, 10 * UNCHARGED);
        let (mut one, mut other) = (Charge::default(), Charge::default());
        assert!(quota.settle(&mut one, 5 * UNCHARGED));
        quota.begin(4 * UNCHARGED);
        assert!(quota.admits(2 * UNCHARGED));
        assert!(!quota.admits(3 * UNCHARGED));
        assert!(quota.settle(&mut other, 3 * UNCHARGED));
        assert!(!quota.settle(&mut other, 4 * UNCHARGED));
        quota.end(4 * UNCHARGED);
        assert!(quota.admits(2 * UNCHARGED));
    }

    #[test]
    fn requests_are_counted_until_they_end() {
        let quota = quota(1, UNCHARGED);
        assert!(quota.admits(0));
        quota.begin(0);
        assert!(!quota.admits(0));
        quota.end(0);
        assert!(quota.admits(0));
    }
}
