//! The current connection of a client, and its redialling.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::connection::Connection;
use super::now;
use crate::Error;

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
    is_dialling: bool,
}

/// A guard that clears `is_dialling` and wakes the waiting threads, also if dialling fails or panics.
struct Dialling<'a>(&'a ConnectionSlot);

impl ConnectionSlot {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self {
            state: Mutex::new(SlotState {
                connection: Some(connection),
                is_dialling: false,
            }),
            dialled: Condvar::new(),
        }
    }

    /// Returns a usable connection, and whether this call dialled it.
    ///
    /// While another thread dials, waits for that thread until `end`.
    ///
    /// # Errors
    ///
    /// The error of `dial`, or that of `expired` at `end`.
    pub(super) fn connection(
        &self,
        end: Instant,
        dial: impl FnOnce() -> Result<Connection, Error>,
        expired: impl FnOnce() -> Error,
    ) -> Result<(Arc<Connection>, bool), Error> {
        let mut state = self.lock();
        loop {
            if let Some(connection) = state.connection.clone() {
                // Without the lock: a connection may drop payloads and log, which runs the user's code.
                drop(state);
                if connection.is_usable() {
                    return Ok((connection, false));
                }
                self.discard(&connection);
                drop(connection);
                state = self.lock();
                continue;
            }
            if !state.is_dialling {
                break;
            }
            let left = end.saturating_duration_since(now());
            if left.is_zero() {
                return Err(expired());
            }
            let waited = self.dialled.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.is_dialling = true;
        drop(state);
        let dialling = Dialling(self);
        let connection = Arc::new(dial()?);
        self.lock().connection = Some(Arc::clone(&connection));
        drop(dialling);
        Ok((connection, true))
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

impl Drop for Dialling<'_> {
    fn drop(&mut self) {
        self.0.lock().is_dialling = false;
        self.0.dialled.notify_all();
    }
}
