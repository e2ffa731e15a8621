//! The pauses between attempts to dial: exponential back-off, with jitter.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::limits::bounded;

/// The pauses between attempts to dial a server again that was lost: see
/// [`ClientBuilder::reconnect`](super::ClientBuilder::reconnect).
///
/// After the first attempt that fails the client waits up to 10 ms. Each pause is up to twice as long as the
/// one before, at most one second. A pause is chosen at random between half of that time and all of it, so
/// that the clients of a server that has restarted do not all dial at the same time.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let reconnect = domainsockets::Reconnect::default()
///     .initial_backoff(Duration::from_millis(50))
///     .max_backoff(Duration::from_secs(5));
/// let builder = domainsockets::Client::builder().reconnect(reconnect);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconnect {
    initial_backoff: Duration,
    max_backoff: Duration,
}

/// The pauses of one series of attempts.
#[derive(Debug)]
pub(super) struct Backoff {
    policy: Reconnect,
    /// The longest that the next pause may be.
    ceiling: Duration,
    random: SplitMix,
}

/// A generator of numbers that clients do not share: splitmix64 of Steele, Lea and Flood. Nobody gains from
/// guessing them.
#[derive(Debug)]
struct SplitMix(u64);

impl Reconnect {
    /// Sets the longest pause after the first attempt that fails. At least 1 ms.
    #[must_use]
    pub fn initial_backoff(mut self, pause: Duration) -> Self {
        self.initial_backoff = bounded(pause).max(SHORTEST_PAUSE);
        self
    }

    /// Sets the longest pause after any attempt that fails. At least 1 ms.
    #[must_use]
    pub fn max_backoff(mut self, pause: Duration) -> Self {
        self.max_backoff = bounded(pause).max(SHORTEST_PAUSE);
        self
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            initial_backoff: Duration::from_millis(10),
            max_backoff: Duration::from_secs(1),
        }
    }
}

impl Backoff {
    pub(super) fn new(policy: Reconnect) -> Self {
        // The standard library seeds its hashers at random.
        Self::seeded(policy, RandomState::new().hash_one(0))
    }

    fn seeded(policy: Reconnect, seed: u64) -> Self {
        Self {
            policy,
            ceiling: policy.initial_backoff.min(policy.max_backoff),
            random: SplitMix(seed),
        }
    }

    /// Returns the pause after an attempt that has failed.
    pub(super) fn pause(&mut self) -> Duration {
        let ceiling = self.ceiling;
        self.ceiling = (ceiling * 2).min(self.policy.max_backoff);
        ceiling.mul_f64(0.5 + self.random.fraction() / 2.0)
    }

    /// Begins again with short pauses, after an attempt that has succeeded.
    pub(super) fn reset(&mut self) {
        self.ceiling = self.policy.initial_backoff.min(self.policy.max_backoff);
    }
}

impl SplitMix {
    /// Returns a number from 0 to 1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are what the type holds exactly"
    )]
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Backoff, Reconnect};

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_again_after_a_success() {
        let policy = Reconnect::default().max_backoff(ms(100));
        for seed in 0..1000 {
            let mut backoff = Backoff::seeded(policy, seed);
            for _ in 0..2 {
                for ceiling in [10, 20, 40, 80, 100, 100, 100].map(ms) {
                    let pause = backoff.pause();
                    assert!(
                        (ceiling / 2..=ceiling).contains(&pause),
                        "{seed}: {pause:?}"
                    );
                }
                backoff.reset();
            }
        }
    }

    #[test]
    fn first_pause_is_no_longer_than_the_longest() {
        let policy = Reconnect::default().max_backoff(ms(4));
        let mut backoff = Backoff::seeded(policy, 1);
        assert!((ms(2)..=ms(4)).contains(&backoff.pause()));
    }

    #[test]
    fn clients_pause_for_different_times() {
        let pauses = |seed| {
            let mut backoff = Backoff::seeded(Reconnect::default(), seed);
            [(); 8].map(|()| backoff.pause())
        };
        assert_eq!(pauses(7), pauses(7));
        assert_ne!(pauses(7), pauses(8));
        // All of the upper half is used, evenly.
        let firsts: Vec<_> = (0..1000).map(|seed| pauses(seed)[0]).collect();
        for part in 0..5 {
            let range = ms(5 + part)..ms(6 + part);
            let count = firsts.iter().filter(|pause| range.contains(pause)).count();
            assert!((120..280).contains(&count), "{count} of 1000 in {range:?}");
        }
        let of_two_clients = [(); 2].map(|()| Backoff::new(Reconnect::default()).pause());
        assert_ne!(of_two_clients[0], of_two_clients[1]);
    }

    #[test]
    fn pauses_that_are_set_are_bounded() {
        let zero = Reconnect::default()
            .initial_backoff(Duration::ZERO)
            .max_backoff(Duration::ZERO);
        assert!(!Backoff::new(zero).pause().is_zero());
        let mut longest = Backoff::new(
            zero.initial_backoff(Duration::MAX)
                .max_backoff(Duration::MAX),
        );
        let [one, other] = [longest.pause(), longest.pause()];
        assert!(one <= other * 2);
    }
}
