//! Blocking calls to a service of the same process.

use tokio::runtime::Handle;

use super::block_on::block_on;
use super::{Carrier, Reply};
use crate::call::{Call, Carrier as _};
use crate::server::Service;
use crate::{Error, Origin, ServeError};

/// A carrier that makes blocking calls to a service of the same process, without a socket.
///
/// It is the blocking counterpart of [`Local`](crate::Local), and needs the feature `tokio`. Calls run on the
/// tokio runtime in which the carrier was created, if there was one. Otherwise they run on the calling
/// thread, which suits services that need no runtime. Calls have no deadline unless their options or their
/// method set one.
///
/// A current-thread runtime has to run on another thread, such as in [`Runtime::block_on`]: a call does not
/// drive its timers and sockets.
///
/// [`Runtime::block_on`]: tokio::runtime::Runtime::block_on
///
/// # Examples
///
/// ```
/// use domainsockets::service;
///
/// #[service]
/// pub trait Adder {
///     async fn add(&self, one: u32, other: u32) -> u32;
/// }
///
/// struct Plain;
///
/// impl Adder for Plain {
///     async fn add(&self, one: u32, other: u32) -> u32 {
///         one + other
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use domainsockets::blocking::{Carrier, Local};
///
/// let local = Local::new(AdderServer::new(Plain))?;
/// # let _ = local;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Local {
    local: crate::Local,
    runtime: Option<Handle>,
}

impl Local {
    /// Returns a carrier that calls this service.
    ///
    /// # Errors
    ///
    /// As [`Server::add_service`](crate::Server::add_service).
    pub fn new(service: impl Service) -> Result<Self, ServeError> {
        Ok(Self {
            local: crate::Local::new(service)?,
            runtime: Handle::try_current().ok(),
        })
    }

    /// Sets the tokio runtime that calls run on. By default it is the one in which the carrier was created.
    #[must_use]
    pub fn with_runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Sets the origin of the calls: see [`Local::with_origin`](crate::Local::with_origin). By default it is
    /// this process.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.local = self.local.with_origin(origin);
        self
    }
}

impl Carrier for Local {
    /// Makes a call, blocks the thread, and returns the reply.
    ///
    /// # Errors
    ///
    /// As [`Local`](crate::Local): [`Error::Unsupported`] if the carrier has no runtime, and the call needs one.
    ///
    /// # Panics
    ///
    /// Panics on a thread that runs asynchronous tasks, if the carrier has a runtime.
    fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        let called = self.local.execute(call);
        let reply = match &self.runtime {
            Some(runtime) => runtime.block_on(called),
            None => block_on(called),
        };
        reply.map(|reply| reply.data.into())
    }
}
