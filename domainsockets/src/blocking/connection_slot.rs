//! The connection of a client, which is dialled again when it is lost.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::connection::Connection;
use super::now;
use crate::Error;

/// The place of the connection that the threads of a client share. One thread at a time dials.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    state: Mutex<SlotState>,
    /// Wakes the threads that wait for one that dials.
    dialled: Condvar,
}

#[derive(Debug)]
struct SlotState {
    /// None if it was lost.
    connection: Option<Arc<Connection>>,
    is_dialling: bool,
}

/// Clears the mark of a thread that dials, however it ends.
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

    /// Returns a connection that can be used, and whether it was dialled by this call. Waits for another
    /// thread that dials until `end`, when `expired` makes the error.
    pub(super) fn connection(
        &self,
        end: Instant,
        dial: impl FnOnce() -> Result<Connection, Error>,
        expired: impl FnOnce() -> Error,
    ) -> Result<(Arc<Connection>, bool), Error> {
        let mut state = self.lock();
        loop {
            if let Some(connection) = &state.connection {
                if connection.is_usable() {
                    return Ok((Arc::clone(connection), false));
                }
                state.connection = None;
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

    /// Forgets a connection that was lost, unless another one is in its place by now.
    pub(super) fn discard(&self, lost: &Arc<Connection>) {
        let mut state = self.lock();
        if state
            .connection
            .as_ref()
            .is_some_and(|connection| Arc::ptr_eq(connection, lost))
        {
            state.connection = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        // No code that holds the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Dialling<'_> {
    fn drop(&mut self) {
        self.0.lock().is_dialling = false;
        self.0.dialled.notify_all();
    }
}
