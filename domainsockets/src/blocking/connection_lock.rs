//! Who has the connection of a client that several threads share.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::connection::Connection;
use super::now;
use crate::Error;

/// The place where a connection is as long as no call has it.
#[derive(Debug)]
pub(super) struct Line {
    place: Mutex<Place>,
    /// Tells one who waits that it is back.
    back: Condvar,
}

#[derive(Debug)]
struct Place {
    is_taken: bool,
    /// None if it was lost.
    connection: Option<Connection>,
}

/// A call's turn, which has the connection until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    line: &'a Line,
    pub(super) connection: Option<Connection>,
}

impl Line {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            place: Mutex::new(Place {
                is_taken: false,
                connection: Some(connection),
            }),
            back: Condvar::new(),
        }
    }

    /// Waits for the calls of other threads, until the deadline.
    pub(super) fn turn(&self, deadline: Instant) -> Result<Turn<'_>, Error> {
        let mut place = self.lock();
        while place.is_taken {
            let left = deadline.saturating_duration_since(now());
            if left.is_zero() {
                // It may have been told in the place of another one.
                self.back.notify_one();
                return Err(Error::DeadlineExceeded);
            }
            let waited = self.back.wait_timeout(place, left);
            place = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        place.is_taken = true;
        Ok(Turn {
            line: self,
            connection: place.connection.take(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Place> {
        // Nothing that holds the lock leaves the state half changed.
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut place = self.line.lock();
        place.is_taken = false;
        place.connection = self.connection.take();
        drop(place);
        self.line.back.notify_one();
    }
}
