//! What carries calls.

use std::sync::Arc;

use super::{BoxCarrier, Call, Layer, Layered, Reply};
use crate::Error;

/// Carries calls to a server and their replies back: a [`Client`](crate::Client), or a type that stands
/// in for one or decorates one.
///
/// A carrier honours every option of a [`Call`], or fails with [`Error::Unsupported`]. A decorator passes
/// the call on as a whole.
///
/// # Examples
///
/// A decorator that counts calls:
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use domainsockets::{Call, Carrier, Error, Reply};
///
/// struct Counting<C> {
///     carrier: C,
///     calls: AtomicU64,
/// }
///
/// impl<C: Carrier> Carrier for Counting<C> {
///     async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
///         self.calls.fetch_add(1, Ordering::Relaxed);
///         self.carrier.execute(call).await
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not carry calls",
    note = "a stub is made over a `domainsockets::Client`, or over a type that implements `Carrier`"
)]
pub trait Carrier: Send + Sync {
    /// Makes a call and returns its reply.
    ///
    /// # Errors
    ///
    /// Any of [`Error`]; [`Error::Unsupported`] if the carrier cannot honour an option of the call.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which may have run.
    fn execute(&self, call: Call<'_>) -> impl Future<Output = Result<Reply, Error>> + Send;

    /// Puts a layer around this carrier.
    ///
    /// # Examples
    ///
    /// A layer that retries idempotent calls:
    ///
    /// ```
    /// use domainsockets::{Call, Carrier, Error, Layer, Reply};
    ///
    /// struct Retry {
    ///     attempts: u32,
    /// }
    ///
    /// impl Layer for Retry {
    ///     async fn execute<C: Carrier>(&self, call: Call<'_>, next: &C) -> Result<Reply, Error> {
    ///         for _ in 1..self.attempts {
    ///             let Some(again) = call.try_clone().filter(Call::is_idempotent) else { break };
    ///             match next.execute(again).await {
    ///                 Err(error) if error.is_retryable() => {}
    ///                 outcome => return outcome,
    ///             }
    ///         }
    ///         next.execute(call).await
    ///     }
    /// }
    ///
    /// # async fn run() -> Result<(), Error> {
    /// let client = domainsockets::Client::dial("kv").await?;
    /// let retrying = client.layered(Retry { attempts: 3 });
    /// # Ok(()) }
    /// ```
    fn layered<L: Layer>(self, layer: L) -> Layered<L, Self>
    where
        Self: Sized,
    {
        Layered::new(layer, self)
    }

    /// Turns this carrier into one whose type names no other, for a struct field or a list.
    fn boxed(self) -> BoxCarrier
    where
        Self: Sized + 'static,
    {
        BoxCarrier::new(self)
    }
}

/// Implements `Carrier` for a pointer to a carrier: calls are the carrier's own futures, with none around
/// them.
macro_rules! carry_by {
    ($pointer:ty) => {
        impl<C: Carrier + ?Sized> Carrier for $pointer {
            fn execute(&self, call: Call<'_>) -> impl Future<Output = Result<Reply, Error>> + Send {
                C::execute(self, call)
            }
        }
    };
}

carry_by!(&C);
carry_by!(Arc<C>);
carry_by!(Box<C>);
