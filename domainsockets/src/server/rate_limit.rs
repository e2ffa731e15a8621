//! A rate limit: a token bucket.

use std::time::{Duration, Instant};

/// A bucket with the tokens of one second at most. Each event takes a token.
#[derive(Debug)]
pub(super) struct TokenBucket {
    per_second: u32,
    tokens: u32,
    /// When tokens were last added.
    filled: Instant,
}

impl TokenBucket {
    /// Returns a full bucket.
    pub(super) const fn new(per_second: u32, now: Instant) -> Self {
        Self {
            per_second,
            tokens: per_second,
            filled: now,
        }
    }

    /// Takes a token. Returns whether there was one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        let left = self.tokens.checked_sub(1);
        self.tokens = left.unwrap_or(0);
        left.is_some()
    }

    /// Returns whether the bucket is full again.
    pub(super) fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.tokens == self.per_second
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled);
        let brought = passed.as_nanos() * u128::from(self.per_second) / SECOND;
        if brought == 0 {
            return;
        }
        let brought = u32::try_from(brought).unwrap_or(u32::MAX);
        self.tokens = self.tokens.saturating_add(brought).min(self.per_second);
        self.filled = now;
    }
}

const SECOND: u128 = Duration::from_secs(1).as_nanos();

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::TokenBucket;

    #[test]
    fn tokens_come_back_at_their_rate() {
        let now = Instant::now();
        let mut bucket = TokenBucket::new(10, now);
        let mut taken = |at| (0..100).filter(|_| bucket.take(at)).count();
        assert_eq!(taken(now), 10);
        assert_eq!(taken(now + Duration::from_millis(99)), 0);
        assert_eq!(taken(now + Duration::from_millis(300)), 3);
        assert_eq!(taken(now + Duration::from_secs(100)), 10);
        assert!(!bucket.is_full(now + Duration::from_secs(100)));
        assert!(bucket.is_full(now + Duration::from_secs(101)));
    }

    #[test]
    fn nothing_comes_of_no_rate() {
        let now = Instant::now();
        assert!(!TokenBucket::new(0, now).take(now + Duration::from_secs(9)));
    }
}
