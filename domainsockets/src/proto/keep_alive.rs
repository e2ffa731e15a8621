//! The keep-alive of a client: when the next message is due, so that the server does not drop an idle connection.

use std::time::{Duration, Instant};

/// The schedule of keep-alive messages.
#[derive(Debug)]
pub(super) struct KeepAlive {
    /// The longest time without sending anything.
    interval: Duration,
    /// When the next message is due, if nothing was sent since the last one.
    due_at: Instant,
}

impl KeepAlive {
    /// Returns a schedule whose first message is due at once. It tells the server that the client has connected, so
    /// that the socket file can be removed.
    pub(super) const fn new(interval: Duration, now: Instant) -> Self {
        Self {
            interval,
            due_at: now,
        }
    }

    /// Sends from now on at this interval, if that is shorter.
    pub(super) fn hasten(&mut self, now: Instant, interval: Duration) {
        self.interval = self.interval.min(interval);
        self.due_at = self.due_at.min(now + interval);
    }

    /// Returns when the next message is due: any datagram that was `last_sent` serves as one.
    pub(super) fn due_at(&self, last_sent: Option<Instant>) -> Instant {
        last_sent.map_or(self.due_at, |sent| self.due_at.max(sent + self.interval))
    }

    /// Returns whether a message is due now. If so, schedules the next one.
    pub(super) fn take_due(&mut self, now: Instant, last_sent: Option<Instant>) -> bool {
        let is_due = self.due_at(last_sent) <= now;
        if is_due {
            self.due_at = now + self.interval;
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::KeepAlive;

    const INTERVAL: Duration = Duration::from_secs(9);

    #[test]
    fn the_first_message_is_due_at_once_and_the_next_after_the_interval() {
        let begin = Instant::now();
        let mut keep_alive = KeepAlive::new(INTERVAL, begin);
        assert!(keep_alive.take_due(begin, None));
        assert!(!keep_alive.take_due(begin, None));
        assert_eq!(keep_alive.due_at(None), begin + INTERVAL);
        assert!(keep_alive.take_due(begin + INTERVAL, None));
    }

    #[test]
    fn whatever_was_sent_postpones_the_next_message() {
        let begin = Instant::now();
        let mut keep_alive = KeepAlive::new(INTERVAL, begin);
        assert!(keep_alive.take_due(begin, None));
        let sent = begin + INTERVAL / 3;
        assert_eq!(keep_alive.due_at(Some(sent)), sent + INTERVAL);
        assert!(!keep_alive.take_due(begin + INTERVAL, Some(sent)));
        assert!(keep_alive.take_due(sent + INTERVAL, Some(sent)));
    }
}
