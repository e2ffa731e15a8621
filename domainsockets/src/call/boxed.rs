//! Carriers of any type, as one type.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::{Call, Carrier, Reply};
use crate::Error;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The twin of [`Carrier`] that can be used as `dyn DynCarrier`. Every carrier implements it, and a
/// pointer to a `dyn DynCarrier` is a [`Carrier`].
pub trait DynCarrier: Send + Sync {
    /// Makes a call and returns its reply: see [`Carrier::execute`].
    ///
    /// # Cancel safety
    ///
    /// As [`Carrier::execute`].
    fn dyn_execute<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Reply, Error>>;
}

/// Any carrier, as one type. Clones share it. Each call allocates its future.
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
    /// Returns a carrier that makes its calls over `carrier`.
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
    // An async function, since the box has the intersection of two lifetimes, which `impl Future` cannot
    // name.
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
