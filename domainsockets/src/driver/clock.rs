//! The clock, and timeouts by it.

use std::time::Instant;

#[cfg(feature = "tokio")]
use tokio::runtime::Handle;
#[cfg(feature = "tokio")]
use tokio::time::error::Elapsed;
#[cfg(feature = "tokio")]
use tokio::time::timeout_at;

/// Returns the time by the clock of tokio's timers, which a test may have paused.
#[cfg(feature = "tokio")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Returns the time by the system's clock.
#[cfg(not(feature = "tokio"))]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits for a future until `end`. The timer is one of `runtime`, whichever runtime polls this.
#[cfg(feature = "tokio")]
pub(crate) async fn within<F: Future>(
    runtime: &Handle,
    end: Instant,
    future: F,
) -> Result<F::Output, Elapsed> {
    let timed = {
        let _entered = runtime.enter();
        timeout_at(end.into(), future)
    };
    timed.await
}
