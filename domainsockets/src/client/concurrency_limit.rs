//! The concurrency limit of a client: how many of its calls may be in flight.

/// The turns of a connection's calls, given in the order of asking: as many as calls may be in
/// flight.
#[derive(Debug)]
pub(super) struct ConcurrencyLimit {
    limit: usize,
    /// How many calls wait for a turn, or have taken one and not begun.
    waiting: usize,
    /// How many turns have been given, or are about to be, that no call has used or handed back. A
    /// turn that nobody waits for any more is the next call's.
    given: usize,
}

impl ConcurrencyLimit {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            waiting: 0,
            given: 0,
        }
    }

    /// Returns how many calls may be in flight.
    pub(super) const fn max(&self) -> usize {
        self.limit
    }

    /// Keeps to what the server has announced as well.
    pub(super) fn limit(&mut self, announced: u64) {
        let announced = usize::try_from(announced).unwrap_or(usize::MAX).max(1);
        self.limit = self.limit.min(announced);
    }

    /// Lets every call begin, since the connection has ended: each is told so.
    pub(super) const fn open(&mut self) {
        self.limit = usize::MAX;
    }

    /// Whether a call may begin that has not waited.
    pub(super) const fn has_room(&self, in_flight: usize) -> bool {
        self.waiting == 0 && in_flight.saturating_add(self.given) < self.limit
    }

    /// Counts one more call as waiting.
    pub(super) const fn join(&mut self) {
        self.waiting += 1;
    }

    /// Counts a call as waiting no more. Returns whether there are more turns than calls that wait
    /// for them.
    pub(super) const fn leave(&mut self) -> bool {
        self.waiting -= 1;
        self.waiting < self.given
    }

    /// Counts a turn as used, or as handed back.
    pub(super) const fn end(&mut self) {
        self.given -= 1;
    }

    /// Gives turns to calls that wait, as far as there are any, and returns how many.
    pub(super) fn give(&mut self, in_flight: usize) -> usize {
        let free = self
            .limit
            .saturating_sub(in_flight.saturating_add(self.given));
        let given = free.min(self.waiting.saturating_sub(self.given));
        self.given += given;
        given
    }
}

#[cfg(test)]
mod tests {
    use super::ConcurrencyLimit;

    #[test]
    fn nobody_overtakes_those_who_wait() {
        let mut turns = ConcurrencyLimit::new(2);
        assert!(turns.has_room(1));
        assert!(!turns.has_room(2));
        turns.join();
        turns.join();
        assert_eq!(turns.give(2), 0);
        assert!(!turns.has_room(1), "one waits");
        assert_eq!(turns.give(1), 1);
        assert_eq!(turns.give(1), 0, "the turn is taken");
        assert!(!turns.leave());
        turns.end();
        assert_eq!(turns.give(2), 0);
        assert_eq!(turns.give(0), 1);
        assert!(turns.leave(), "it has given up, and its turn is free");
        assert!(!turns.has_room(1), "as long as it is not handed back");
        turns.end();
        assert!(turns.has_room(1));
    }

    #[test]
    fn turn_that_nobody_waits_for_is_the_next_call_s() {
        let mut turns = ConcurrencyLimit::new(1);
        turns.join();
        assert_eq!(turns.give(0), 1);
        assert!(turns.leave());
        turns.join();
        assert_eq!(turns.give(0), 0, "it is there already");
        turns.leave();
        turns.end();
        assert!(turns.has_room(0));
    }

    #[test]
    fn announced_limit_holds_from_then_on() {
        let mut turns = ConcurrencyLimit::new(5);
        turns.limit(2);
        turns.limit(9);
        turns.join();
        assert_eq!(turns.give(4), 0);
        assert_eq!(turns.give(2), 0);
        assert_eq!(turns.give(1), 1);
    }
}
