//! Cancelling calls from elsewhere.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Cancels calls from another thread or task: those whose options name it with
/// [`CallOptions::cancelled_by`](crate::CallOptions::cancelled_by).
///
/// It stays cancelled, so that a signal between two calls is not lost: a call that begins later fails at
/// once, with [`Error::Cancelled`](crate::Error::Cancelled). Clones are the same canceller.
///
/// It can be used in the thread of a crate such as `ctrlc` or `signal-hook`, but not inside a raw signal
/// handler, as it takes a lock.
///
/// # Examples
///
/// ```
/// use domainsockets::{CallOptions, Canceller};
///
/// let canceller = Canceller::new();
/// let options = CallOptions::new().cancelled_by(&canceller);
/// // In the thread that handles Ctrl-C:
/// canceller.cancel();
/// assert!(options.canceller().is_some_and(Canceller::is_cancelled));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Canceller {
    shared: Arc<CancelState>,
}

#[derive(Debug, Default)]
struct CancelState {
    is_cancelled: AtomicBool,
    waiting: Mutex<WaitingCalls>,
}

/// The calls that wait, by the order of their registration.
#[derive(Debug, Default)]
struct WaitingCalls {
    wakers: BTreeMap<u64, Waker>,
    last: u64,
}

/// A waker that a canceller wakes, until this is dropped.
#[derive(Debug)]
pub(crate) struct CancelRegistration {
    shared: Arc<CancelState>,
    key: u64,
}

impl Canceller {
    /// Returns a canceller that has cancelled nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels all calls that name it, those in flight and later ones.
    pub fn cancel(&self) {
        self.shared.is_cancelled.store(true, Ordering::SeqCst);
        let wakers = mem::take(&mut self.shared.lock().wakers);
        for waker in wakers.into_values() {
            waker.wake();
        }
    }

    /// Returns whether it has cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.is_cancelled.load(Ordering::SeqCst)
    }

    /// Waits until it has cancelled.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn cancelled(&self) {
        let mut registration: Option<CancelRegistration> = None;
        poll_fn(|cx| {
            match &registration {
                Some(registration) => registration.update(cx.waker()),
                None => registration = Some(self.register(cx.waker())),
            }
            // Looked at after the waker is registered, so that no cancelling is missed in between.
            if self.is_cancelled() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Registers a waker. The caller looks at [`is_cancelled`](Self::is_cancelled) afterwards.
    pub(crate) fn register(&self, waker: &Waker) -> CancelRegistration {
        let mut waiting = self.shared.lock();
        waiting.last += 1;
        let key = waiting.last;
        waiting.wakers.insert(key, waker.clone());
        CancelRegistration {
            shared: Arc::clone(&self.shared),
            key,
        }
    }
}

impl CancelState {
    fn lock(&self) -> MutexGuard<'_, WaitingCalls> {
        // No code that holds the lock leaves the state half changed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CancelRegistration {
    /// Replaces the waker, if it is another one by now.
    fn update(&self, waker: &Waker) {
        let mut waiting = self.shared.lock();
        let stale = match waiting.wakers.get_mut(&self.key) {
            Some(registered) if !registered.will_wake(waker) => {
                Some(mem::replace(registered, waker.clone()))
            }
            _ => None,
        };
        // A waker may own a task, whose drop may take the lock.
        drop(waiting);
        drop(stale);
    }
}

impl Drop for CancelRegistration {
    fn drop(&mut self) {
        let stale = self.shared.lock().wakers.remove(&self.key);
        // Not under the lock, as above.
        drop(stale);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::Canceller;

    #[test]
    fn a_canceller_stays_cancelled() {
        let canceller = Canceller::new();
        let clone = canceller.clone();
        let mut cx = Context::from_waker(Waker::noop());
        let mut waiting = pin!(canceller.cancelled());
        assert_eq!(waiting.as_mut().poll(&mut cx), Poll::Pending);
        clone.cancel();
        assert_eq!(waiting.poll(&mut cx), Poll::Ready(()));
        assert_eq!(pin!(canceller.cancelled()).poll(&mut cx), Poll::Ready(()));
    }

    #[test]
    fn a_call_that_ended_leaves_no_waker_behind() {
        let canceller = Canceller::new();
        for _ in 0..100 {
            let mut waiting = Box::pin(canceller.cancelled());
            let mut cx = Context::from_waker(Waker::noop());
            assert_eq!(waiting.as_mut().poll(&mut cx), Poll::Pending);
        }
        assert!(canceller.shared.lock().wakers.is_empty());
    }
}
