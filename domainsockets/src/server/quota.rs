//! Quotas: how many connections, requests in flight and bytes of memory one user may have.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The quotas of one user.
#[derive(Clone, Debug)]
pub(super) struct UserLimits {
    /// The largest number of connections.
    pub(super) connections: usize,
    /// The largest number of requests in flight.
    pub(super) in_flight: usize,
    /// The largest memory of requests and replies, in bytes: see [`UserQuota`].
    pub(super) memory: usize,
    /// The rate limit of setup messages.
    pub(super) max_setups_per_second: u32,
}

/// The quota of one user, which its connections share: connections, requests in flight, and memory. The memory is that
/// of messages that are not received completely, of requests whose handlers run, and of queued replies.
///
/// [`UNCHARGED`] bytes of each connection are not counted, so that small messages do not touch these counters.
#[derive(Debug)]
pub(super) struct UserQuota {
    limits: UserLimits,
    connections: AtomicUsize,
    running: AtomicUsize,
    memory: AtomicUsize,
}

/// The memory that one connection is charged for.
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

    /// Returns whether another connection is within the quota.
    pub(super) fn has_connection_left(&self) -> bool {
        self.connections.load(Ordering::Relaxed) < self.limits.connections
    }

    /// Returns whether the user has no connections.
    pub(super) fn is_unused(&self) -> bool {
        self.connections.load(Ordering::Relaxed) == 0
    }

    /// Counts a connection. It counts until its last handler has ended, since it keeps a descriptor until then.
    pub(super) fn join(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection as ended.
    pub(super) fn leave(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// Returns whether another request of this size is within the quota. Requests that are checked at the same time
    /// on several connections may all be admitted.
    pub(super) fn admits(&self, bytes: usize) -> bool {
        self.running.load(Ordering::Relaxed) < self.limits.in_flight && self.has_memory(bytes)
    }

    /// Describes the limit that a request of this size exceeds.
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

    /// Returns whether this much more memory is within the quota.
    pub(super) fn has_memory(&self, bytes: usize) -> bool {
        let kept = self.memory.load(Ordering::Relaxed);
        kept.saturating_add(bytes) <= self.limits.memory
    }

    /// Counts a request of this size as in flight.
    pub(super) fn begin(&self, bytes: usize) {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.memory.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts a request of this size as answered.
    pub(super) fn end(&self, bytes: usize) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        self.memory.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Charges a connection for the memory that it keeps now. Returns whether that is within the quota, or no more
    /// than before.
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

/// The memory of a connection that is not charged, in bytes.
pub(super) const UNCHARGED: usize = 64 * 1024;

/// The unit of charges, in bytes.
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
