//! The current connection of a blocking client, and its redialling.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::dial::DialFailure;
use super::now;
use crate::Error;
use crate::call::{Draft, disconnected};

/// The slot of the connection that the threads of a client share. One thread at a time dials a new one.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    state: Mutex<SlotState>,
    /// Notified when a thread has finished dialling, or failed.
    dialled: Condvar,
}

#[derive(Debug)]
struct SlotState {
    /// The current connection; `None` after it was lost.
    connection: Option<Arc<Connection>>,
    /// The thread that dials.
    dialling: Option<ThreadId>,
    /// The time until which calls that must not wait do not dial, since the server has just left a handshake
    /// unanswered.
    unresponsive_until: Option<Instant>,
}

/// A guard that clears `dialling` and wakes the waiting threads, also if dialling fails or panics.
struct Dialling<'a>(&'a ConnectionSlot);

/// A waker that wakes the threads that wait for another thread's dialling.
struct SlotWaker(Arc<ConnectionSlot>);

impl ConnectionSlot {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self {
            state: Mutex::new(SlotState {
                connection: Some(connection),
                dialling: None,
                unresponsive_until: None,
            }),
            dialled: Condvar::new(),
        }
    }

    /// Returns a usable connection, and whether this call dialled it.
    ///
    /// While another thread dials, waits for that thread until `end`, unless the call must not wait.
    ///
    /// # Errors
    ///
    /// The error of `dial`, that of the call's deadline at `end`, [`Error::Cancelled`]. If the call must not
    /// wait, or this thread dials already, [`Error::Disconnected`].
    pub(super) fn connection(
        self: &Arc<Self>,
        draft: &Draft<'_>,
        end: Instant,
        dial: impl FnOnce() -> Result<Arc<Connection>, DialFailure>,
    ) -> Result<(Arc<Connection>, bool), Error> {
        // Dropped after the lock is released: dropping the waker may drop the slot.
        let mut registration = None;
        let mut state = self.lock();
        loop {
            if let Some(connection) = state.connection.clone() {
                // Without the lock: a connection may drop payloads and log, which runs the user's code.
                drop(state);
                if !connection.is_own() {
                    // The parent of this forked process uses it.
                    self.discard(&connection);
                    state = self.lock();
                    continue;
                }
                if connection.is_usable() {
                    return Ok((connection, false));
                }
                self.discard(&connection);
                // The first call ends with what the server has said against the client; the next one dials.
                if let Some(refusal) = connection.take_refusal() {
                    return Err(refusal);
                }
                drop(connection);
                state = self.lock();
                continue;
            }
            let is_refused = match state.dialling {
                None => draft.is_no_wait() && state.is_unresponsive(),
                // Dialling may log. A subscriber of the log that makes a call would wait for its own thread.
                Some(dialling) => draft.is_no_wait() || dialling == thread::current().id(),
            };
            if is_refused {
                return Err(disconnected());
            }
            if state.dialling.is_none() {
                break;
            }
            if let Some(canceller) = draft.canceller() {
                if registration.is_none() {
                    drop(state);
                    let waker = Waker::from(Arc::new(SlotWaker(Arc::clone(self))));
                    registration = Some(canceller.register(&waker));
                    state = self.lock();
                    continue;
                }
                // Read after the registration and under the lock, which the waker takes as well. Otherwise a
                // `cancel` between this and the wait would wake no thread.
                if canceller.is_cancelled() {
                    return Err(Error::Cancelled);
                }
            }
            let left = end.saturating_duration_since(now());
            if left.is_zero() {
                return Err(draft.expired());
            }
            let waited = self.dialled.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.dialling = Some(thread::current().id());
        drop(state);
        let dialling = Dialling(self);
        let dialled = dial();
        let mut state = self.lock();
        let was_unanswered = match &dialled {
            Ok(_) => Some(false),
            Err(failure) => failure.was_unanswered,
        };
        if let Some(was_unanswered) = was_unanswered {
            state.unresponsive_until = was_unanswered.then(|| now() + UNRESPONSIVE_PAUSE);
        }
        let connection = dialled.map_err(|failure| failure.error)?;
        state.connection = Some(Arc::clone(&connection));
        drop(state);
        drop(dialling);
        Ok((connection, true))
    }

    /// Returns the current connection.
    pub(super) fn current(&self) -> Option<Arc<Connection>> {
        self.lock().connection.clone()
    }

    /// Removes a lost connection, unless another thread has replaced it already.
    pub(super) fn discard(&self, lost: &Arc<Connection>) {
        let mut state = self.lock();
        let discarded = state
            .connection
            .take_if(|connection| Arc::ptr_eq(connection, lost));
        drop(state);
        drop(discarded);
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        // No code that holds the lock can leave the state half changed, so poisoning is ignored.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SlotState {
    fn is_unresponsive(&self) -> bool {
        self.unresponsive_until.is_some_and(|until| now() < until)
    }
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // The lock orders this after the flag's reading of a thread that is about to wait.
        drop(self.0.lock());
        self.0.dialled.notify_all();
    }
}

impl Drop for Dialling<'_> {
    fn drop(&mut self) {
        self.0.lock().dialling = None;
        self.0.dialled.notify_all();
    }
}

/// After an unanswered handshake, `no_wait` calls do not dial for this time.
const UNRESPONSIVE_PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Condvar, Mutex};
    use std::time::Duration;

    use super::{ConnectionSlot, SlotState, now};
    use crate::call::Draft;
    use crate::{Call, Error};

    #[test]
    fn a_call_of_the_thread_that_dials_fails_at_once() {
        let slot = Arc::new(ConnectionSlot {
            state: Mutex::new(SlotState {
                connection: None,
                dialling: None,
                unresponsive_until: None,
            }),
            dialled: Condvar::new(),
        });
        let draft = Draft::new(Call::new("echo", ""));
        let end = now() + Duration::from_secs(60);
        let refuse = || Err(Error::ShuttingDown.into());
        let dialled = slot.connection(&draft, end, || {
            let nested = slot.connection(&draft, end, refuse);
            let is_lost = matches!(
                nested,
                Err(Error::Disconnected {
                    may_have_run: false
                })
            );
            assert!(is_lost, "{nested:?}");
            refuse()
        });
        assert!(matches!(dialled, Err(Error::ShuttingDown)));
        assert!(slot.lock().dialling.is_none());
    }
}
