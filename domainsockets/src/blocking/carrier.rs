//! What carries calls that wait.

use std::sync::Arc;

use bytes::Bytes;

use crate::Error;
use crate::call::{Call, Layered, With};

/// Carries calls to a server and their replies back, for threads that wait: a
/// [`Client`](super::Client), or a type that stands in for one or decorates one.
///
/// It is the blocking counterpart of [`Carrier`](crate::Carrier), and takes the same [`Call`]. It can be
/// used as `dyn Carrier`: a stub over a `Box<dyn Carrier>` has one type for every carrier.
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
    /// Makes a call and returns its reply.
    ///
    /// # Errors
    ///
    /// Any of [`Error`]; [`Error::Unsupported`] if the carrier cannot honour an option of the call.
    fn execute(&self, call: Call<'_>) -> Result<Reply, Error>;

    /// Puts a layer around this carrier.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::blocking::{Carrier, Client, Layer, Reply};
    /// use domainsockets::{Call, Error};
    ///
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

/// Adds one behaviour around every blocking call of a carrier: see [`Carrier::layered`].
///
/// The layer gets the whole call, and passes it on to `next` once, several times or not at all.
pub trait Layer: Send + Sync {
    /// Makes a call by means of the `next` carrier.
    ///
    /// # Errors
    ///
    /// Those of `next`, and the layer's own.
    fn execute(&self, call: Call<'_>, next: &dyn Carrier) -> Result<Reply, Error>;
}

/// The reply to a blocking call, as carriers pass it on.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reply {
    /// The data of the reply; empty if the call was complete once it was
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
