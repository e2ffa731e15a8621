//! Polling before sleeping: when a connection polls its socket instead of having the kernel wake it up, and for how long.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::transport::has_two_processors;

/// Decides when a connection polls its socket, and for how long.
///
/// To wake a sleeping thread takes longer than many calls. So a side that expects a datagram soon polls its socket for a
/// moment before it sleeps, as long as that pays off: the time is twice the average in which datagrams came, at most the
/// budget. After three polls in vain it sleeps at once for a number of times, which grows.
#[derive(Debug)]
pub(crate) struct BusyPoll {
    /// The longest time to poll. Zero if polling is off.
    budget: Duration,
    /// The moving average of how long datagrams took to arrive.
    average: Duration,
    /// How many polls in a row were in vain.
    misses: u32,
    /// How often to sleep at once.
    skips: u32,
    /// How often to sleep at once after the next polls in vain.
    next_skips: u32,
}

impl BusyPoll {
    /// Sleeps at once the first times: it is not known yet what the peer does next.
    pub(crate) const fn hesitating(self) -> Self {
        Self {
            skips: HESITATIONS,
            ..self
        }
    }

    /// Returns a rule with this budget. On a machine with one processor it never polls: the peer cannot run meanwhile.
    pub(crate) fn new(budget: Duration) -> Self {
        Self::with_budget(if has_two_processors() {
            budget
        } else {
            Duration::ZERO
        })
    }

    const fn with_budget(budget: Duration) -> Self {
        Self {
            budget,
            average: budget,
            misses: 0,
            skips: 0,
            next_skips: FIRST_SKIPS,
        }
    }

    /// Returns whether polling is on.
    pub(crate) const fn is_on(&self) -> bool {
        !self.budget.is_zero()
    }

    /// Returns the longest time to poll.
    pub(crate) const fn budget(&self) -> Duration {
        self.budget
    }

    /// Begins to wait for a datagram. Returns for how long to poll, or `None` to sleep at once.
    pub(crate) fn begin(&mut self) -> Option<Duration> {
        if !self.is_on() {
            return None;
        }
        if self.skips > 0 {
            self.skips -= 1;
            return None;
        }
        Some(self.budget.min(self.average * 2))
    }

    /// Records that a datagram came after this time of polling.
    pub(crate) fn hit(&mut self, took: Duration) {
        self.misses = 0;
        self.next_skips = FIRST_SKIPS;
        self.average = (self.average * (WEIGHT - 1) + took.min(self.budget)) / WEIGHT;
        // A single quick datagram does not end polling for those that are a little slower.
        self.average = self.average.max(self.budget / SHORTEST);
    }

    /// Records that no datagram came in time.
    pub(crate) fn miss(&mut self) {
        self.misses += 1;
        // The average is of those that came in time, so it does not grow by itself.
        self.average = self.budget.min(self.average * 2);
        if self.misses == MAX_MISSES {
            self.misses = 0;
            self.skips = self.next_skips;
            self.next_skips = (self.next_skips * 2).min(MAX_SKIPS);
        }
    }
}

/// How many polls in vain in a row end polling for a while.
const MAX_MISSES: u32 = 3;

/// How often a connection sleeps at once after its first polls in vain, and at most.
const FIRST_SKIPS: u32 = 64;
const MAX_SKIPS: u32 = 4096;

/// How often a connection sleeps at once that hesitates: after the hello, and after the first request, which may be the
/// last one.
const HESITATIONS: u32 = 2;

/// The weight of the average: one datagram changes it by an eighth of the difference.
const WEIGHT: u32 = 8;

/// The shortest time to poll is two of this many parts of the budget.
const SHORTEST: u32 = 8;

thread_local! {
    static TURN: Cell<Turn> = const { Cell::new(Turn::NONE) };
}

/// The polling of a thread. All connections of a thread have one budget, so that they cannot hold up its other tasks
/// together.
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// The connection that polls.
    owner: usize,
    /// When it has polled last.
    at: Option<Instant>,
    /// For how long it has polled since the thread's other tasks could run.
    spent: Duration,
}

impl Turn {
    const NONE: Self = Self {
        owner: 0,
        at: None,
        spent: Duration::ZERO,
    };
}

/// Returns whether this connection, which the address of its state identifies, may poll on this thread: no other one has
/// polled here in the last millisecond.
pub(crate) fn may_poll_here(connection: usize, now: Instant) -> bool {
    TURN.with(|cell| {
        let turn = cell.get();
        let is_owner = turn.owner == connection;
        let is_free = turn
            .at
            .is_none_or(|at| ALONE < now.saturating_duration_since(at));
        cell.set(Turn {
            owner: connection,
            at: Some(now),
            ..turn
        });
        is_owner || is_free
    })
}

/// Adds a time of polling on this thread. Returns whether other tasks have to run before the next one.
pub(crate) fn spend(polled: Duration, budget: Duration) -> bool {
    TURN.with(|cell| {
        let mut turn = cell.get();
        turn.spent += polled;
        let is_over = budget <= turn.spent;
        if is_over {
            turn.spent = Duration::ZERO;
        }
        cell.set(turn);
        is_over
    })
}

/// For how long a thread's polling connection keeps others from polling.
const ALONE: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{ALONE, BusyPoll, MAX_SKIPS, may_poll_here, spend};

    const BUDGET: Duration = Duration::from_micros(50);

    /// Sleeps at once until the rule polls again. Returns how often.
    fn skipped(rule: &mut BusyPoll) -> u32 {
        let mut count = 0;
        while rule.begin().is_none() {
            count += 1;
        }
        count
    }

    #[test]
    fn polling_without_a_budget_is_off() {
        let mut rule = BusyPoll::with_budget(Duration::ZERO);
        assert!(!rule.is_on());
        assert_eq!(rule.begin(), None);
    }

    #[test]
    fn time_is_twice_the_average_and_within_the_budget() {
        let mut rule = BusyPoll::with_budget(BUDGET);
        assert_eq!(rule.begin(), Some(BUDGET));
        for _ in 0..100 {
            rule.hit(Duration::from_micros(10));
        }
        let time = rule.begin().unwrap();
        assert!(Duration::from_micros(20) <= time && time < Duration::from_micros(22));
        for _ in 0..100 {
            rule.hit(Duration::from_nanos(100));
        }
        assert!(rule.begin().unwrap() >= BUDGET / 4);
        rule.hit(Duration::from_secs(1));
        assert!(rule.begin().unwrap() <= BUDGET);
    }

    #[test]
    fn three_misses_in_a_row_switch_polling_off_for_longer_each_time() {
        let mut rule = BusyPoll::with_budget(BUDGET);
        for expected in [64, 128, 256, 512, 1024, 2048, MAX_SKIPS, MAX_SKIPS] {
            for _ in 0..3 {
                assert!(rule.begin().is_some());
                rule.miss();
            }
            assert_eq!(skipped(&mut rule), expected);
        }
        rule.hit(BUDGET / 5);
        for _ in 0..3 {
            rule.miss();
        }
        assert_eq!(skipped(&mut rule), 64, "a hit forgives");
    }

    #[test]
    fn a_hit_in_between_keeps_polling_on() {
        let mut rule = BusyPoll::with_budget(BUDGET);
        for _ in 0..10 {
            rule.miss();
            rule.miss();
            assert!(rule.begin().is_some());
            rule.hit(BUDGET / 5);
        }
    }

    #[test]
    fn connections_of_a_thread_do_not_poll_in_turns() {
        let polls = thread::spawn(|| {
            let now = Instant::now();
            assert!(may_poll_here(1, now) && may_poll_here(1, now));
            assert!(!may_poll_here(2, now), "another one has just polled");
            assert!(!may_poll_here(1, now));
            assert!(may_poll_here(2, now + 2 * ALONE));
            thread::spawn(move || may_poll_here(3, now)).join().unwrap()
        });
        assert!(polls.join().unwrap(), "another thread");
    }

    #[test]
    fn other_tasks_run_after_the_budget() {
        thread::spawn(|| {
            assert!(!spend(BUDGET / 2, BUDGET));
            assert!(spend(BUDGET / 2, BUDGET));
            assert!(!spend(BUDGET / 2, BUDGET), "it begins anew");
        })
        .join()
        .unwrap();
    }
}
