//! An event that happens once.

use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "tokio")]
use std::pin::pin;
#[cfg(feature = "tokio")]
use tokio::sync::Notify;

/// An event that happens once, and that any number of tasks wait for. Without a runtime none does.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    is_set: AtomicBool,
    #[cfg(feature = "tokio")]
    notify: Notify,
}

impl Signal {
    /// Sets the signal, and wakes the tasks that wait.
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
    /// Nothing is lost if the future is dropped.
    #[cfg(feature = "tokio")]
    pub(crate) async fn wait(&self) {
        let mut notified = pin!(self.notify.notified());
        // Enabled before the flag is read, so that a signal that is set in between is not missed.
        notified.as_mut().enable();
        if !self.is_set() {
            notified.await;
        }
    }

    /// Waits until the signal is set. Without a runtime there are no requests, so nothing waits.
    #[cfg(not(feature = "tokio"))]
    pub(crate) async fn wait(&self) {
        if !self.is_set() {
            std::future::pending::<()>().await;
        }
    }
}
