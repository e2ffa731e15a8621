//! Methods that block their thread (`#[rpc(blocking)]`).

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

use crate::request::{CurrentGuard, current};
use crate::server::Failure;
use crate::wire::{Cause, Payload};

/// Runs a blocking method on a thread of the runtime's blocking pool.
///
/// # Errors
///
/// The [`Failure`] of the method, or one that says that the server is shutting down if the runtime ends
/// before the method has begun.
///
/// # Panics
///
/// Resumes a panic of the method.
///
/// # Cancel safety
///
/// Dropping the future does not stop the method. Its handler therefore
/// [finishes](crate::server::Methods::set_no_cancel) even if the call is cancelled, so that the request counts as in
/// flight for as long as it occupies a thread.
pub async fn blocking<F>(method: F) -> Result<Payload<'static>, Failure>
where
    F: FnOnce() -> Result<Payload<'static>, Failure> + Send + 'static,
{
    let call = current();
    let method = move || {
        // Calls that the method makes from its thread inherit from the same request.
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
