//! Carriers: the trait of everything that makes calls, layers around one, and one in a box.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::{Call, Reply};
use crate::Error;

/// A type that makes calls: a [`Client`](crate::Client), a stand-in for one, or a decorator around one.
///
/// Generated stubs and [`With`](crate::With) work over any carrier. A carrier honours every option of a
/// [`Call`], or fails the call with [`Error::Unsupported`]. A decorator passes the whole call on, so that it
/// keeps deadline, metadata and options that it does not know of. Most decorators are easier to write as a
/// [`Layer`].
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
    /// Any [`Error`]; [`Error::Unsupported`] if the carrier cannot honour an option of the call.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which may have run.
    fn execute(&self, call: Call<'_>) -> impl Future<Output = Result<Reply, Error>> + Send;

    /// Wraps this carrier in a layer, which then sees every call first.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::{Call, Carrier, Client, Error, Layer, Reply};
    ///
    /// #[derive(Clone)]
    /// struct Log;
    ///
    /// impl Layer for Log {
    ///     async fn execute<C: Carrier>(&self, call: Call<'_>, next: &C) -> Result<Reply, Error> {
    ///         println!("calling {}", call.handler);
    ///         next.execute(call).await
    ///     }
    /// }
    ///
    /// # async fn run() -> Result<(), Error> {
    /// let client = Client::dial("kv").await?.layered(Log);
    /// # Ok(()) }
    /// ```
    fn layered<L: Layer>(self, layer: L) -> Layered<L, Self>
    where
        Self: Sized,
    {
        Layered::new(layer, self)
    }

    /// Wraps this carrier in a [`BoxCarrier`], whose type does not name the carrier.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::{BoxCarrier, Carrier, Client};
    ///
    /// fn carriers(clients: Vec<Client>) -> Vec<BoxCarrier> {
    ///     clients.into_iter().map(Carrier::boxed).collect()
    /// }
    /// ```
    fn boxed(self) -> BoxCarrier
    where
        Self: Sized + 'static,
    {
        BoxCarrier::new(self)
    }
}

/// One behaviour around every call of a carrier: logging, retries, metrics, a cache.
///
/// [`Carrier::layered`] applies it. The layer receives the whole call, and passes it on to `next` once,
/// several times or not at all. Each call of `next.execute` has the call's whole deadline. A layer that is
/// [`Clone`] lets the stub above it have [options](crate::With) of its own.
///
/// Blocking clients have a trait of their own, `blocking::Layer`. One type can implement both.
///
/// # Examples
///
/// A layer that measures calls:
///
/// ```
/// use std::time::Instant;
///
/// use domainsockets::{Call, Carrier, Error, Layer, Reply};
///
/// #[derive(Clone)]
/// struct Timing;
///
/// impl Layer for Timing {
///     async fn execute<C: Carrier>(&self, call: Call<'_>, next: &C) -> Result<Reply, Error> {
///         let (begun, handler) = (Instant::now(), call.handler.to_string());
///         let result = next.execute(call).await;
///         println!("{handler} took {:?}", begun.elapsed());
///         result
///     }
/// }
/// ```
///
/// A layer that retries idempotent calls. Each call of `next` has the whole deadline, so the layer gives each
/// attempt only the time that is left:
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use domainsockets::{Call, Carrier, Error, Layer, Reply};
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
///     async fn execute<C: Carrier>(&self, mut call: Call<'_>, next: &C) -> Result<Reply, Error> {
///         if !call.is_idempotent() {
///             return next.execute(call).await;
///         }
///         let total = call.options.deadline().map_or(self.total, |own| own.min(self.total));
///         let end = Instant::now() + total;
///         let left = || end.saturating_duration_since(Instant::now());
///         for _ in 1..self.attempts {
///             call.options.set_deadline(left());
///             let Some(again) = call.try_clone() else { break };
///             match next.execute(again).await {
///                 Err(error) if error.is_retryable() => tokio::time::sleep(self.pause.min(left())).await,
///                 outcome => return outcome,
///             }
///         }
///         call.options.set_deadline(left());
///         next.execute(call).await
///     }
/// }
/// ```
pub trait Layer: Send + Sync {
    /// Makes a call over the `next` carrier.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of `next`, and the layer's own.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which may have run.
    fn execute<C: Carrier>(
        &self,
        call: Call<'_>,
        next: &C,
    ) -> impl Future<Output = Result<Reply, Error>> + Send;
}

/// A carrier with a [`Layer`] around it.
#[derive(Clone, Debug)]
pub struct Layered<L, C> {
    layer: L,
    carrier: C,
}

impl<L, C> Layered<L, C> {
    pub(crate) const fn new(layer: L, carrier: C) -> Self {
        Self { layer, carrier }
    }

    /// Returns the layer.
    #[must_use]
    pub const fn layer(&self) -> &L {
        &self.layer
    }

    /// Returns the carrier that the layer wraps.
    #[must_use]
    pub const fn carrier(&self) -> &C {
        &self.carrier
    }

    /// Returns the carrier that the layer wraps, without the layer.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.carrier
    }
}

impl<L: Layer, C: Carrier> Carrier for Layered<L, C> {
    fn execute(&self, call: Call<'_>) -> impl Future<Output = Result<Reply, Error>> + Send {
        self.layer.execute(call, &self.carrier)
    }
}

/// The dyn-compatible counterpart of [`Carrier`].
///
/// Every carrier implements it, and `dyn DynCarrier` is a [`Carrier`] in turn, also behind an `Arc` or a
/// `Box`. [`BoxCarrier`] is the ready-made form.
pub trait DynCarrier: Send + Sync {
    /// Makes a call and returns its reply, as [`Carrier::execute`] does, in a boxed future.
    ///
    /// # Cancel safety
    ///
    /// As [`Carrier::execute`].
    fn dyn_execute<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Reply, Error>>;
}

/// A carrier of any type behind one type, for a struct field or a list. [`Carrier::boxed`] makes it.
///
/// Clones share the carrier. Each call allocates its future.
///
/// # Examples
///
/// ```
/// use domainsockets::{BoxCarrier, Carrier, service};
///
/// #[service]
/// pub trait Clock {
///     async fn now(&self) -> u64;
/// }
///
/// struct App {
///     clock: ClockClient<BoxCarrier>,
/// }
///
/// # async fn run() -> Result<(), domainsockets::Error> {
/// let client = domainsockets::Client::dial("clock").await?;
/// let app = App { clock: ClockClient::new(client.boxed()) };
/// app.clock.now().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct BoxCarrier {
    carrier: Arc<dyn DynCarrier>,
}

impl BoxCarrier {
    /// Wraps a carrier.
    #[must_use]
    pub fn new(carrier: impl Carrier + 'static) -> Self {
        Self {
            carrier: Arc::new(carrier),
        }
    }
}

impl<C: Carrier> DynCarrier for C {
    fn dyn_execute<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Reply, Error>> {
        Box::pin(self.execute(call))
    }
}

impl Carrier for dyn DynCarrier + '_ {
    // An async function: the boxed future borrows from both `self` and `call`, and `impl Future` cannot name
    // the intersection of two lifetimes.
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        self.dyn_execute(call).await
    }
}

impl Carrier for BoxCarrier {
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        self.carrier.dyn_execute(call).await
    }
}

impl fmt::Debug for BoxCarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxCarrier").finish_non_exhaustive()
    }
}

/// Implements `Carrier` for a pointer to a carrier. A call returns the carrier's own future: a future around
/// it would store it once more.
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

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
