//! The cost of polling a handler, which decides when the handler gets a task of its own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The average time that a poll of a handler's futures takes. Reading the clock takes as long as a fast
/// handler does, so only some polls are timed. Races lose samples, which does not matter for an average.
#[derive(Debug, Default)]
pub(super) struct PollCost {
    polls: AtomicU32,
    /// A moving average in nanoseconds.
    mean: AtomicU32,
}

impl PollCost {
    /// Returns whether to time the next poll, and counts it.
    pub(super) fn is_due(&self) -> bool {
        let polls = self.polls.load(Ordering::Relaxed);
        self.polls.store(polls.wrapping_add(1), Ordering::Relaxed);
        polls.is_multiple_of(TIMED)
    }

    /// Adds the duration of a timed poll to the average.
    pub(super) fn count(&self, took: Duration) {
        let took = u32::try_from(took.as_nanos()).unwrap_or(u32::MAX);
        let mean = self.mean.load(Ordering::Relaxed);
        let mean = if mean < took {
            mean + (took - mean) / WEIGHT
        } else {
            mean - (mean - took) / WEIGHT
        };
        self.mean.store(mean, Ordering::Relaxed);
    }

    /// Returns whether polls take so long that the handler gets a task of its own at once.
    pub(super) fn is_slow(&self) -> bool {
        self.mean.load(Ordering::Relaxed) > SLOW.subsec_nanos()
    }
}

/// A handler whose polls take longer is spawned at once, which costs about a microsecond, and does not delay
/// the other requests of its connection.
const SLOW: Duration = Duration::from_micros(20);

/// The reciprocal of the newest sample's weight in the average.
const WEIGHT: u32 = 4;

/// One poll in this many is timed.
const TIMED: u32 = 8;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::PollCost;

    #[test]
    fn one_slow_poll_is_forgiven_and_a_habit_is_not() {
        let poll_cost = PollCost::default();
        poll_cost.count(Duration::from_micros(70));
        assert!(!poll_cost.is_slow());
        for _ in 0..8 {
            poll_cost.count(Duration::from_micros(50));
        }
        assert!(poll_cost.is_slow());
        for _ in 0..16 {
            poll_cost.count(Duration::from_micros(1));
        }
        assert!(!poll_cost.is_slow());
    }
}
