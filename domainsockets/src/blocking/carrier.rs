//! The trait of everything that makes blocking calls, and layers around it.

use std::sync::Arc;

use bytes::Bytes;

use crate::Error;
use crate::call::{Call, Layered, With};

/// A type that makes blocking calls: a [`Client`](super::Client), a stand-in for one, or a decorator around
/// one.
///
/// It is the blocking counterpart of [`Carrier`](crate::Carrier) and takes the same [`Call`]. A carrier
/// honours every option of a call, or fails the call with [`Error::Unsupported`]. The trait is
/// dyn-compatible: a stub over an `Arc<dyn Carrier>` has one type for every carrier, and can have options of its
/// own (`kv.with(options)`), which a `Box<dyn Carrier>` cannot, since it is not [`Clone`].
///
/// # Examples
///
/// A decorator that counts calls:
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use domainsockets::blocking::{Carrier, Reply};
/// use domainsockets::{Call, Error};
///
/// struct Counting<C> {
///     carrier: C,
///     calls: AtomicU64,
/// }
///
/// impl<C: Carrier> Carrier for Counting<C> {
///     fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
///         self.calls.fetch_add(1, Ordering::Relaxed);
///         self.carrier.execute(call)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not carry blocking calls",
    note = "a blocking stub is made over a `domainsockets::blocking::Client`, or over a type that \
            implements `blocking::Carrier`"
)]
pub trait Carrier: Send + Sync {
    /// Makes a call, blocks the thread, and returns the reply.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; [`Error::Unsupported`] if the carrier cannot honour an option of the call.
    fn execute(&self, call: Call<'_>) -> Result<Reply, Error>;

    /// Wraps this carrier in a layer, which then sees every call first.
    ///
    /// # Examples
    ///
    /// A layer that logs calls:
    ///
    /// ```
    /// use domainsockets::blocking::{Carrier, Client, Layer, Reply};
    /// use domainsockets::{Call, Error};
    ///
    /// #[derive(Clone)]
    /// struct Log;
    ///
    /// impl Layer for Log {
    ///     fn execute(&self, call: Call<'_>, next: &dyn Carrier) -> Result<Reply, Error> {
    ///         println!("calling {}", call.handler);
    ///         next.execute(call)
    ///     }
    /// }
    ///
    /// # fn run() -> Result<(), Error> {
    /// let client = Client::dial("kv")?.layered(Log);
    /// # Ok(()) }
    /// ```
    fn layered<L: Layer>(self, layer: L) -> Layered<L, Self>
    where
        Self: Sized,
    {
        Layered::new(layer, self)
    }
}

/// One behaviour around every blocking call of a carrier: logging, retries, metrics, a cache.
///
/// [`Carrier::layered`] applies it. The layer receives the whole call, and passes it on to `next` once,
/// several times or not at all. Each call of `next.execute` has the call's whole deadline. `next` is a trait
/// object here, and a type parameter of the asynchronous [`Layer`](crate::Layer). One type can implement both
/// traits. A layer that is [`Clone`] lets the stub above it have [options](crate::With) of its own.
///
/// # Examples
///
/// A layer that retries idempotent calls. Each call of `next` has the whole deadline, so the layer gives each
/// attempt only the time that is left:
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use domainsockets::blocking::{Carrier, Layer, Reply};
/// use domainsockets::{Call, Error};
///
/// #[derive(Clone)]
/// struct Retry {
///     attempts: u32,
///     pause: Duration,
///     /// The longest time that all attempts together may take.
///     total: Duration,
/// }
///
/// impl Layer for Retry {
///     fn execute(&self, mut call: Call<'_>, next: &dyn Carrier) -> Result<Reply, Error> {
///         if !call.is_idempotent() {
///             return next.execute(call);
///         }
///         let total = call.options.deadline().map_or(self.total, |own| own.min(self.total));
///         let end = Instant::now() + total;
///         let left = || end.saturating_duration_since(Instant::now());
///         for _ in 1..self.attempts {
///             call.options.set_deadline(left());
///             let Some(again) = call.try_clone() else { break };
///             match next.execute(again) {
///                 Err(error) if error.is_retryable() => std::thread::sleep(self.pause.min(left())),
///                 outcome => return outcome,
///             }
///         }
///         call.options.set_deadline(left());
///         next.execute(call)
///     }
/// }
/// ```
pub trait Layer: Send + Sync {
    /// Makes a call over the `next` carrier.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of `next`, and the layer's own.
    fn execute(&self, call: Call<'_>, next: &dyn Carrier) -> Result<Reply, Error>;
}

/// The reply to a blocking call, as a [`Carrier`] returns it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reply {
    /// The data of the reply. Empty for a one-way call, which is complete once it is
    /// [sent](crate::Completion::Sent).
    pub data: Bytes,
}

impl From<Bytes> for Reply {
    fn from(data: Bytes) -> Self {
        Self { data }
    }
}

/// Implements `Carrier` for a pointer to a carrier.
macro_rules! carry_by {
    ($pointer:ty) => {
        impl<C: Carrier + ?Sized> Carrier for $pointer {
            fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
                C::execute(self, call)
            }
        }
    };
}

carry_by!(&C);
carry_by!(Arc<C>);
carry_by!(Box<C>);

impl<C: Carrier> Carrier for With<C> {
    fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        self.carrier().execute(self.apply(call))
    }
}

impl<L: Layer, C: Carrier> Carrier for Layered<L, C> {
    fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        self.layer().execute(call, self.carrier())
    }
}
