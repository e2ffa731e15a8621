//! How long a handler takes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long the handler's future takes to be polled. Reading the clock takes as long as a fast
/// handler does, so it is read for some polls only. Races lose counts, which an average can bear.
#[derive(Debug, Default)]
pub(super) struct PollCost {
    polls: AtomicU32,
    /// A moving average in nanoseconds.
    mean: AtomicU32,
}

impl PollCost {
    /// Whether the next poll is to be timed.
    pub(super) fn is_due(&self) -> bool {
        let polls = self.polls.load(Ordering::Relaxed);
        self.polls.store(polls.wrapping_add(1), Ordering::Relaxed);
        polls.is_multiple_of(TIMED)
    }

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

    pub(super) fn is_slow(&self) -> bool {
        self.mean.load(Ordering::Relaxed) > SLOW.subsec_nanos()
    }
}

/// A handler beyond this is spawned, which costs about a microsecond, instead of holding up its
/// connection.
const SLOW: Duration = Duration::from_micros(20);

/// One over the weight of the newest poll in the average.
const WEIGHT: u32 = 4;

/// One of so many polls is timed.
const TIMED: u32 = 8;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::PollCost;

    #[test]
    fn one_slow_poll_is_forgiven_and_a_habit_is_not() {
        let pace = PollCost::default();
        pace.count(Duration::from_micros(70));
        assert!(!pace.is_slow());
        for _ in 0..8 {
            pace.count(Duration::from_micros(50));
        }
        assert!(pace.is_slow());
        for _ in 0..16 {
            pace.count(Duration::from_micros(1));
        }
        assert!(!pace.is_slow());
    }
}
