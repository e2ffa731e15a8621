//! A one-shot event that tasks wait for.

use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "tokio")]
use std::pin::pin;
#[cfg(feature = "tokio")]
use std::sync::{OnceLock, atomic::fence};
#[cfg(feature = "tokio")]
use tokio::sync::Notify;

#[cfg(feature = "tokio")]
use crate::driver::contain_panic;

/// A one-shot event that any number of tasks wait for.
///
/// Without the feature `tokio` there are no tasks, and it is only a flag.
#[derive(Debug, Default)]
pub(crate) struct OneShotEvent {
    is_set: AtomicBool,
    /// Made by the first task that waits. Every connection has an event, and few have one that a task waits for.
    #[cfg(feature = "tokio")]
    notify: OnceLock<Box<Notify>>,
}

impl OneShotEvent {
    /// Sets the event and wakes all waiting tasks. Does not panic, even if a waker does: most callers set it in a
    /// destructor, and have more to do.
    pub(crate) fn set(&self) {
        self.is_set.store(true, Ordering::Release);
        #[cfg(feature = "tokio")]
        {
            // Pairs with the fence in `wait`: this thread finds the task's `Notify`, or the task the flag.
            fence(Ordering::SeqCst);
            if let Some(notify) = self.notify.get() {
                contain_panic(|| notify.notify_waiters());
            }
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    /// Waits until the event is set.
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe: dropping the future loses nothing.
    #[cfg(feature = "tokio")]
    pub(crate) async fn wait(&self) {
        let notify = self.notify.get_or_init(Box::default);
        let mut notified = pin!(notify.notified());
        // Enable the wake-up before the flag is read. In the other order, a `set` between the two steps would
        // wake no task, since `notify_waiters` stores nothing.
        notified.as_mut().enable();
        fence(Ordering::SeqCst);
        if !self.is_set() {
            notified.await;
        }
    }

    /// Waits until the event is set. Without the feature `tokio` there are no requests, so no task calls
    /// this.
    #[cfg(not(feature = "tokio"))]
    pub(crate) async fn wait(&self) {
        if !self.is_set() {
            std::future::pending::<()>().await;
        }
    }
}
