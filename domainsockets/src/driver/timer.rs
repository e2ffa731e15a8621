//! A lazy timer, which is reset as rarely as possible.

use std::time::Instant;

/// The time at which a driver's timer fires. The timer may fire too early: postponing it at every call would
/// cost more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LazyTimer {
    at: Instant,
}

impl LazyTimer {
    /// Returns a timer that fires at once.
    pub(crate) const fn new(now: Instant) -> Self {
        Self { at: now }
    }

    /// Returns whether the timer fires after `at`, so that its driver has to be woken to reset it.
    pub(crate) fn is_after(self, at: Instant) -> bool {
        at < self.at
    }

    /// Makes the timer fire at `at` or earlier. Returns the time to reset it to, if it has to be reset.
    pub(crate) fn set(&mut self, now: Instant, at: Instant) -> Option<Instant> {
        let rearm = (at < self.at || self.at <= now).then_some(at);
        self.at = rearm.unwrap_or(self.at);
        rearm
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::LazyTimer;

    #[test]
    fn is_set_when_it_has_fired_or_comes_too_late() {
        let now = Instant::now();
        let at = |ms| now + Duration::from_millis(ms);
        let mut timer = LazyTimer::new(now);
        assert_eq!(timer.set(now, at(20)), Some(at(20)));
        assert_eq!(timer.set(at(1), at(30)), None, "it may fire too early");
        assert!(timer.is_after(at(10)));
        assert_eq!(timer.set(at(2), at(10)), Some(at(10)));
        assert_eq!(timer.set(at(10), at(30)), Some(at(30)));
    }
}
