//! A service that is called in its own process, by threads that wait.

use tokio::runtime::Handle;

use super::block_on::block_on;
use super::{Carrier, Reply};
use crate::call::{Call, Carrier as _};
use crate::server::Service;
use crate::{Error, Origin, ServeError};

/// Carries blocking calls to a service of the same process, without a socket: see
/// [`Local`](crate::Local). Needs the feature `tokio`.
///
/// It uses the runtime that it was made in, if there was one; a service that needs none runs on the calling
/// thread.
///
/// # Examples
///
/// Generated stubs have a function of the name `local`:
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
    /// Returns a carrier of blocking calls to this service.
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

    /// Sets the runtime that the service runs on.
    #[must_use]
    pub fn with_runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Sets the origin of the calls: see [`Local::with_origin`](crate::Local::with_origin).
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.local = self.local.with_origin(origin);
        self
    }
}

impl Carrier for Local {
    /// Makes a call and returns its reply.
    ///
    /// # Panics
    ///
    /// On a thread that drives asynchronous tasks, if there is a runtime.
    fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        let called = self.local.execute(call);
        let reply = match &self.runtime {
            Some(runtime) => runtime.block_on(called),
            None => block_on(called),
        };
        reply.map(|reply| reply.data.into())
    }
}
