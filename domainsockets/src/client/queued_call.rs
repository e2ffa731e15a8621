//! A call that waits in the queue for a permit, since the concurrency limit is reached.

use std::time::Instant;

use tokio::time::error::Elapsed;

use super::connection::Connection;
use crate::driver::within;

/// A call that waits for its turn, until it begins, or is dropped.
#[derive(Debug)]
pub(super) struct QueuedCall<'a> {
    connection: &'a Connection,
    has_turn: bool,
}

impl<'a> QueuedCall<'a> {
    /// A call that has [joined](super::concurrency_limit::ConcurrencyLimit::join) those that wait.
    pub(super) const fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            has_turn: false,
        }
    }

    /// Waits for a permit until the deadline. The timer is one of the connection's runtime, wherever this is
    /// awaited.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if the deadline has passed.
    pub(super) async fn permit(&mut self, deadline: Instant) -> Result<(), Elapsed> {
        let permit = self.connection.queue.acquire();
        let permit = within(&self.connection.runtime, deadline, permit);
        if let Ok(permit) = permit.await? {
            permit.forget();
            self.has_turn = true;
        }
        Ok(())
    }
}

impl Drop for QueuedCall<'_> {
    fn drop(&mut self) {
        self.connection.update(|state, _| {
            let is_spare = state.turns.leave();
            if self.has_turn {
                state.turns.end();
            } else if is_spare && let Ok(turn) = self.connection.queue.try_acquire() {
                turn.forget();
                state.turns.end();
            }
        });
    }
}
