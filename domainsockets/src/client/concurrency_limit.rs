//! The concurrency limit of a client: how many of its calls may be in flight.

/// The concurrency limit of a connection. It grants permits to queued calls in the order of their arrival.
#[derive(Debug)]
pub(super) struct ConcurrencyLimit {
    max: usize,
    /// The number of calls that wait for a permit, or have acquired one and not begun.
    queued: usize,
    /// The number of permits that are granted, or about to be, and neither used nor returned. A permit whose
    /// call has stopped waiting is for the next call, which may be one that does not queue.
    granted: usize,
}

impl ConcurrencyLimit {
    pub(super) const fn new(max: usize) -> Self {
        Self {
            max,
            queued: 0,
            granted: 0,
        }
    }

    /// Returns how many calls may be in flight.
    pub(super) const fn max(&self) -> usize {
        self.max
    }

    /// Lowers the limit to the one that the server has announced.
    pub(super) fn lower(&mut self, announced: u64) {
        let announced = usize::try_from(announced).unwrap_or(usize::MAX).max(1);
        self.max = self.max.min(announced);
    }

    /// Removes the limit, since the connection has ended: each queued call then begins and fails.
    pub(super) const fn remove(&mut self) {
        self.max = usize::MAX;
    }

    /// Returns whether a call may begin that was not queued.
    pub(super) const fn has_permit(&self, in_flight: usize) -> bool {
        self.queued == 0 && in_flight.saturating_add(self.granted) < self.max
    }

    /// Counts one more call as queued.
    pub(super) const fn enqueue(&mut self) {
        self.queued += 1;
    }

    /// Counts a call as queued no more. Returns whether more permits are granted than calls wait for them.
    pub(super) const fn dequeue(&mut self) -> bool {
        self.queued -= 1;
        self.queued < self.granted
    }

    /// Counts a permit as used or returned.
    pub(super) const fn release(&mut self) {
        self.granted -= 1;
    }

    /// Grants permits to queued calls as far as there are any, and returns how many.
    pub(super) fn grant(&mut self, in_flight: usize) -> usize {
        let free = self
            .max
            .saturating_sub(in_flight.saturating_add(self.granted));
        let granted = free.min(self.queued.saturating_sub(self.granted));
        self.granted += granted;
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::ConcurrencyLimit;

    #[test]
    fn no_call_overtakes_queued_ones() {
        let mut limit = ConcurrencyLimit::new(2);
        assert!(limit.has_permit(1));
        assert!(!limit.has_permit(2));
        limit.enqueue();
        limit.enqueue();
        assert_eq!(limit.grant(2), 0);
        assert!(!limit.has_permit(1), "one is queued");
        assert_eq!(limit.grant(1), 1);
        assert_eq!(limit.grant(1), 0, "the permit is granted");
        assert!(!limit.dequeue());
        limit.release();
        assert_eq!(limit.grant(2), 0);
        assert_eq!(limit.grant(0), 1);
        assert!(limit.dequeue(), "it was cancelled, and its permit is free");
        assert!(!limit.has_permit(1), "until it is returned");
        limit.release();
        assert!(limit.has_permit(1));
    }

    #[test]
    fn the_permit_of_a_cancelled_call_is_for_the_next_one() {
        let mut limit = ConcurrencyLimit::new(1);
        limit.enqueue();
        assert_eq!(limit.grant(0), 1);
        assert!(limit.dequeue());
        limit.enqueue();
        assert_eq!(limit.grant(0), 0, "it is granted already");
        limit.dequeue();
        limit.release();
        assert!(limit.has_permit(0));
    }

    #[test]
    fn the_announced_limit_holds_from_then_on() {
        let mut limit = ConcurrencyLimit::new(5);
        limit.lower(2);
        limit.lower(9);
        limit.enqueue();
        assert_eq!(limit.grant(4), 0);
        assert_eq!(limit.grant(2), 0);
        assert_eq!(limit.grant(1), 1);
    }
}
