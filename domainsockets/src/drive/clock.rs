//! The time.

use std::time::Instant;

use tokio::runtime::Handle;
use tokio::time::error::Elapsed;
use tokio::time::timeout_at;

/// Now, by the clock of the runtime's timers: a test that has paused it moves this too.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Waits for a future until `end`. The timer is one of `runtime`, wherever this is awaited.
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
