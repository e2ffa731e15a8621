//! The time.

use std::time::Instant;

#[cfg(feature = "tokio")]
use tokio::runtime::Handle;
#[cfg(feature = "tokio")]
use tokio::time::error::Elapsed;
#[cfg(feature = "tokio")]
use tokio::time::timeout_at;

/// Now, by the clock of the runtime's timers: a test that has paused it moves this too.
#[cfg(feature = "tokio")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Now.
#[cfg(not(feature = "tokio"))]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits for a future until `end`. The timer is one of `runtime`, wherever this is awaited.
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
