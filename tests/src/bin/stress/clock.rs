//! A clock that all processes of the machine share. An `Instant` cannot be passed to another process.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Returns the nanoseconds of the monotonic clock.
pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    let since = Duration::new(
        time.tv_sec.try_into().unwrap_or_default(),
        time.tv_nsec.try_into().unwrap_or_default(),
    );
    since.as_nanos() as u64
}

/// Returns the milliseconds from one timestamp to another, negative if the second is earlier.
pub(crate) fn millis(from: u64, to: u64) -> f64 {
    (to as f64 - from as f64) / 1e6
}
