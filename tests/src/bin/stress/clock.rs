//! A clock that all processes of the machine share. Instants of the standard library cannot be
//! handed to another process.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of the monotonic clock.
pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    let since = Duration::new(
        time.tv_sec.try_into().unwrap_or_default(),
        time.tv_nsec.try_into().unwrap_or_default(),
    );
    since.as_nanos() as u64
}

/// Milliseconds from one stamp to another, negative if it came before.
pub(crate) fn millis(from: u64, to: u64) -> f64 {
    (to as f64 - from as f64) / 1e6
}
