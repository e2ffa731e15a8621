//! Cancellation of calls from another thread or task.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// A handle that cancels calls from another thread or task.
///
/// It cancels the calls whose options name it with
/// [`CallOptions::cancelled_by`](crate::CallOptions::cancelled_by). They fail with
/// [`Error::Cancelled`](crate::Error::Cancelled). It stays cancelled, so that a signal between two calls is
/// not lost: calls that begin later fail at once. Clones are handles of the same canceller.
///
/// The threads of crates such as `ctrlc` and `signal-hook` can use it. A raw signal handler must not, since
/// [`cancel`](Self::cancel) takes a lock.
///
/// The first `dial` is no call, so a canceller does not end it. While a program dials, Ctrl-C would have no effect
/// for up to 5 s. Dial before you install the handler of the signal, or set a short `dial_timeout` in the
/// client's builder.
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

/// The wakers of pending calls, by the order of their registration.
#[derive(Debug, Default)]
struct WaitingCalls {
    wakers: BTreeMap<u64, Waker>,
    last: u64,
}

/// The registration of a waker with a canceller, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct CancelRegistration {
    shared: Arc<CancelState>,
    key: u64,
}

impl Canceller {
    /// Returns a canceller that is not cancelled yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the calls that name this canceller: those in flight now, and all later ones.
    ///
    /// A call in flight ends as if its future were dropped: a Rust server stops the handler, which may have
    /// run.
    pub fn cancel(&self) {
        self.shared.is_cancelled.store(true, Ordering::SeqCst);
        let wakers = mem::take(&mut self.shared.lock().wakers);
        for waker in wakers.into_values() {
            waker.wake();
        }
    }

    /// Returns whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.is_cancelled.load(Ordering::SeqCst)
    }

    /// Waits until [`cancel`](Self::cancel) is called, and returns at once if it was.
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe: dropping the future loses nothing.
    pub async fn cancelled(&self) {
        let mut registration: Option<CancelRegistration> = None;
        poll_fn(|cx| {
            match &registration {
                Some(registration) => registration.update(cx.waker()),
                None => registration = Some(self.register(cx.waker())),
            }
            // Read the flag after the waker is registered. In the other order, a `cancel` between the two
            // steps would find no waker, and this task would sleep on.
            if self.is_cancelled() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Registers a waker.
    ///
    /// The caller has to read [`is_cancelled`](Self::is_cancelled) afterwards: a `cancel` before the
    /// registration does not wake it.
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
        // No code that holds the lock can leave the state half changed, so poisoning is ignored.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CancelRegistration {
    /// Replaces the waker if the task now polls with another one.
    fn update(&self, waker: &Waker) {
        let mut waiting = self.shared.lock();
        let stale = match waiting.wakers.get_mut(&self.key) {
            Some(registered) if !registered.will_wake(waker) => {
                Some(mem::replace(registered, waker.clone()))
            }
            _ => None,
        };
        // Drop the old waker without the lock: it may own a task, whose own registration takes the lock in
        // its drop.
        drop(waiting);
        drop(stale);
    }
}

impl Drop for CancelRegistration {
    fn drop(&mut self) {
        let stale = self.shared.lock().wakers.remove(&self.key);
        // Without the lock, as in `update`.
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
    fn an_ended_call_leaves_no_waker_behind() {
        let canceller = Canceller::new();
        for _ in 0..100 {
            let mut waiting = Box::pin(canceller.cancelled());
            let mut cx = Context::from_waker(Waker::noop());
            assert_eq!(waiting.as_mut().poll(&mut cx), Poll::Pending);
        }
        assert!(canceller.shared.lock().wakers.is_empty());
    }
}
