//! A one-shot event that tasks wait for.

use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "tokio")]
use std::pin::pin;
#[cfg(feature = "tokio")]
use tokio::sync::Notify;

/// A one-shot event that any number of tasks wait for.
///
/// Without the feature `tokio` there are no tasks, and it is only a flag.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    is_set: AtomicBool,
    #[cfg(feature = "tokio")]
    notify: Notify,
}

impl Signal {
    /// Sets the signal and wakes all waiting tasks.
    pub(crate) fn set(&self) {
        self.is_set.store(true, Ordering::Release);
        #[cfg(feature = "tokio")]
        self.notify.notify_waiters();
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    /// Waits until the signal is set.
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe: dropping the future loses nothing.
    #[cfg(feature = "tokio")]
    pub(crate) async fn wait(&self) {
        let mut notified = pin!(self.notify.notified());
        // Enable the wake-up before the flag is read. In the other order, a `set` between the two steps would
        // wake no task, since `notify_waiters` stores nothing.
        notified.as_mut().enable();
        if !self.is_set() {
            notified.await;
        }
    }

    /// Waits until the signal is set. Without the feature `tokio` there are no requests, so no task calls
    /// this.
    #[cfg(not(feature = "tokio"))]
    pub(crate) async fn wait(&self) {
        if !self.is_set() {
            std::future::pending::<()>().await;
        }
    }
}
