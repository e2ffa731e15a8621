//! A call that waits in the queue for a permit, since the concurrency limit is reached.

use std::time::Instant;

use tokio::time::error::Elapsed;

use super::connection::Connection;
use crate::driver::within;

/// A call in the queue for a permit, until it begins or is dropped.
#[derive(Debug)]
pub(super) struct QueuedCall<'a> {
    connection: &'a Connection,
    has_permit: bool,
}

impl<'a> QueuedCall<'a> {
    /// Returns a call that was [enqueued](super::concurrency_limit::ConcurrencyLimit::enqueue).
    pub(super) const fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            has_permit: false,
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
            self.has_permit = true;
        }
        Ok(())
    }
}

impl Drop for QueuedCall<'_> {
    fn drop(&mut self) {
        self.connection.update(|state, _| {
            let is_spare = state.concurrency.dequeue();
            if self.has_permit {
                state.concurrency.release();
            } else if is_spare && let Ok(permit) = self.connection.queue.try_acquire() {
                permit.forget();
                state.concurrency.release();
            }
        });
    }
}
