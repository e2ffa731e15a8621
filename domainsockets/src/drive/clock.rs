//! The time.

use std::time::Instant;

/// Now, by the clock of the runtime's timers: a test that has paused it moves this too.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
