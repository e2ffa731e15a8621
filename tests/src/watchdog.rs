//! Limits the time of every test, whether it hangs in a future or in a blocking call.

use std::future::Future;
use std::panic;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

/// The time limit of a test.
pub const LIMIT: Duration = Duration::from_secs(60);

/// How long tasks may run after their test has ended.
const LINGER: Duration = Duration::from_secs(5);

/// Awaits `future`, and panics if it is not ready after `limit`.
pub async fn within<F: Future>(limit: Duration, future: F) -> F::Output {
    let output = tokio::time::timeout(limit, future).await;
    output.unwrap_or_else(|_| panic!("still pending after {limit:?}"))
}

/// Runs an asynchronous test on a fresh runtime of two workers. Panics after [`LIMIT`], or if a task is
/// left.
///
/// The test's own future may block (the raw peers do): it runs on a separate thread, and the library's
/// tasks and its socket driver on the workers.
pub fn run<T, F>(test: T)
where
    T: FnOnce() -> F + Send + 'static,
    F: Future<Output = ()>,
{
    blocking(move || {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(test());
        ends(&runtime, LINGER);
        runtime.shutdown_timeout(Duration::from_secs(1));
    });
}

/// Waits until a runtime has no task left, and panics if some do not end.
fn ends(runtime: &Runtime, limit: Duration) {
    let metrics = runtime.metrics();
    let end = Instant::now() + limit;
    loop {
        let left = metrics.num_alive_tasks();
        if left == 0 {
            return;
        }
        assert!(
            Instant::now() < end,
            "left behind: {left} of the test's tasks go on after {limit:?}"
        );
        thread::sleep(Duration::from_millis(2));
    }
}

/// Runs a test without a runtime, and panics after [`LIMIT`].
pub fn blocking(test: impl FnOnce() + Send + 'static) {
    let (done, wait) = mpsc::channel();
    let name = thread::current().name().unwrap_or("test").to_owned();
    let body = thread::Builder::new()
        .name(name)
        .spawn(move || {
            test();
            // The receiver is dropped if the limit has passed.
            let _ = done.send(());
        })
        .unwrap();
    match wait.recv_timeout(LIMIT) {
        Err(RecvTimeoutError::Timeout) => panic!("still running after {LIMIT:?}"),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => {
            if let Err(cause) = body.join() {
                panic::resume_unwind(cause);
            }
        }
    }
}

/// Blocks until `condition` holds, and panics if it does not within `limit`.
pub fn eventually(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < end, "not within {limit:?}: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future;
    use std::time::Duration;

    use tokio::runtime::Builder;

    use super::{blocking, ends, eventually, run, within};

    #[test]
    fn a_test_that_ends_passes() {
        run(|| async {
            assert_eq!(within(Duration::from_secs(1), future::ready(3)).await, 3);
        });
    }

    #[test]
    fn the_panic_of_a_test_is_passed_on() {
        let caught = std::panic::catch_unwind(|| blocking(|| panic!("the test's own words")));
        let cause = caught.unwrap_err();
        assert_eq!(
            cause.downcast_ref::<&str>().copied(),
            Some("the test's own words")
        );
    }

    #[test]
    fn a_future_that_hangs_is_reported() {
        let caught = std::panic::catch_unwind(|| {
            run(|| within(Duration::from_millis(10), future::pending::<()>()));
        });
        let cause = caught.unwrap_err();
        assert_eq!(
            cause.downcast_ref::<String>().map(String::as_str),
            Some("still pending after 10ms")
        );
    }

    #[test]
    fn a_task_that_is_left_is_reported() {
        let runtime = Builder::new_multi_thread().build().unwrap();
        let task = runtime.spawn(future::pending::<()>());
        let caught = std::panic::catch_unwind(|| ends(&runtime, Duration::from_millis(10)));
        let cause = caught.unwrap_err();
        assert_eq!(
            cause.downcast_ref::<String>().map(String::as_str),
            Some("left behind: 1 of the test's tasks go on after 10ms")
        );
        task.abort();
        ends(&runtime, Duration::from_secs(1));
    }

    #[test]
    fn eventually_checks_repeatedly() {
        let asked = Cell::new(0);
        eventually(Duration::from_secs(1), "three questions", || {
            asked.set(asked.get() + 1);
            asked.get() == 3
        });
        assert_eq!(asked.get(), 3);
    }
}
