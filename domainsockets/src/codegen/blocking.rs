//! Methods that block their thread.

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

use crate::request::{CurrentGuard, current};
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
/// Dropping the future does not stop the method. So its handler is one that
/// [finishes](crate::server::Methods::finish), in order to count as long as the thread is taken.
pub async fn blocking<F>(method: F) -> Result<Payload<'static>, Failure>
where
    F: FnOnce() -> Result<Payload<'static>, Failure> + Send + 'static,
{
    let call = current();
    let method = move || {
        // What it calls from its thread is called within the same call.
        let _scope = call.as_ref().and_then(CurrentGuard::enter);
        method()
    };
    match spawn_blocking(method).await {
        Ok(reply) => reply,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Err(Failure(Cause::ShuttingDown)),
        },
    }
}
