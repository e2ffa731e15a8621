//! A throttle for log lines that a peer could cause any number of times.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Logs problems with clients: for each kind the first one, and then one a minute, with the number of others.
#[derive(Debug, Default)]
pub(super) struct LogThrottle {
    kinds: Mutex<HashMap<&'static str, Kind>>,
}

#[derive(Debug)]
struct Kind {
    logged: Instant,
    since: u64,
}

impl LogThrottle {
    /// Logs a problem of this kind, or counts it.
    pub(super) fn note(&self, now: Instant, kind: &'static str, what: impl Display) {
        if let Some(more) = self.is_due(now, kind) {
            tracing::warn!(kind, more, "{what}");
        }
    }

    /// Returns how many problems were not logged since the last one, if the next one is due.
    fn is_due(&self, now: Instant, kind: &'static str) -> Option<u64> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = kinds.get_mut(kind) else {
            let first = Kind {
                logged: now,
                since: 0,
            };
            kinds.insert(kind, first);
            return Some(0);
        };
        if now.saturating_duration_since(last.logged) < PERIOD {
            last.since += 1;
            return None;
        }
        last.logged = now;
        Some(std::mem::take(&mut last.since))
    }
}

/// The shortest time between two lines of one kind.
const PERIOD: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::LogThrottle;

    #[test]
    fn each_kind_is_logged_once_a_minute() {
        let now = Instant::now();
        let log = LogThrottle::default();
        let is_due = |seconds, kind| log.is_due(now + Duration::from_secs(seconds), kind);
        assert_eq!(is_due(0, "a"), Some(0));
        assert_eq!(is_due(1, "a"), None);
        assert_eq!(is_due(2, "a"), None);
        assert_eq!(is_due(2, "b"), Some(0));
        assert_eq!(is_due(60, "a"), Some(2));
        assert_eq!(is_due(61, "a"), None);
    }
}
