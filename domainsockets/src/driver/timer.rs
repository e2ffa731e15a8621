//! A timer that is set again as seldom as possible.

use std::time::Instant;

/// When a driver's timer fires. It is left to fire too early rather than put off each time that
/// something happens, which would be at every call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LazyTimer {
    at: Instant,
}

impl LazyTimer {
    /// An alarm that goes off at once.
    pub(crate) const fn new(now: Instant) -> Self {
        Self { at: now }
    }

    /// Whether the timer fires later than `at`, so that its driver has to be woken to set it.
    pub(crate) fn is_after(self, at: Instant) -> bool {
        at < self.at
    }

    /// Says when the timer is to fire, if it has to be set again for something to be done at `at`.
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
        let mut alarm = LazyTimer::new(now);
        assert_eq!(alarm.set(now, at(20)), Some(at(20)));
        assert_eq!(alarm.set(at(1), at(30)), None, "it may fire too early");
        assert!(alarm.is_after(at(10)));
        assert_eq!(alarm.set(at(2), at(10)), Some(at(10)));
        assert_eq!(alarm.set(at(10), at(30)), Some(at(30)));
    }
}
