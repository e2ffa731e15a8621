//! Methods that block their thread.

use tokio::task::{JoinHandle, spawn_blocking};

use crate::server::Failure;
use crate::wire::{Cause, Payload};

/// Runs a method on a thread on which it may block.
///
/// # Errors
///
/// Those of the method; [`Failure`] if the runtime ends before it has begun.
///
/// # Panics
///
/// If the method does.
///
/// # Cancel safety
///
/// Dropping the future keeps the method from beginning, but does not stop it.
pub async fn blocking<F>(method: F) -> Result<Payload, Failure>
where
    F: FnOnce() -> Result<Payload, Failure> + Send + 'static,
{
    let mut waiting = Waiting(spawn_blocking(method));
    match (&mut waiting.0).await {
        Ok(reply) => reply,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Failure(Cause::ShuttingDown)),
        },
    }
}

/// Waits for a thread to become free, or for the method on it to end.
struct Waiting(JoinHandle<Result<Payload, Failure>>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.abort();
    }
}
