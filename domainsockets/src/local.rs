//! A service that is called in its own process.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use crate::drive::now;
use crate::outcome::cause_error;
use crate::proto::Beside;
use crate::server::Methods;
use crate::service::{Carrier, Service};
use crate::transport::this_process;
use crate::wire::{Cause, Payload};
use crate::{CallOptions, Error, ServeError};

/// Carries calls to a service of the same process, without a socket: the same stub calls a service that
/// may be here or elsewhere. It does not take a runtime, unless a call has a deadline, is oneway, or the
/// service wants one.
///
/// What is called behaves as it would behind a socket: arguments and results go through the codec, a
/// panic of a method ends its call only, methods that are restricted take this process for the caller,
/// and a call whose future is dropped is cancelled. There are no limits to sizes or numbers of calls, and
/// signatures are not compared: stub and service are of one build.
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
/// # let run = async {
/// let adder = AdderClient::local(Plain)?;
/// assert_eq!(adder.add(1, 2).await?, 3);
/// # Ok(()) };
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(run)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Local {
    methods: Arc<Methods>,
}

impl Local {
    /// Carries calls to this service.
    ///
    /// # Errors
    ///
    /// As [`Server::add_service`](crate::Server::add_service).
    pub fn new(service: impl Service) -> Result<Self, ServeError> {
        let mut methods = Methods::default();
        service.register(&mut methods)?;
        let methods = Arc::new(methods);
        Ok(Self { methods })
    }

    /// Calls a handler with options that are settled.
    async fn handle(
        &self,
        handler: &str,
        data: Payload,
        options: &CallOptions,
    ) -> Result<Bytes, Error> {
        let now = now();
        let end = options.deadline.and_then(|left| now.checked_add(left));
        let beside = options
            .meta(now, end, None)
            .map(|meta| Beside::received(now, meta));
        let run = self.run(handler, data, beside);
        let reply = match options.deadline {
            Some(Duration::ZERO) => return Err(Error::DeadlineExceeded),
            Some(deadline) => timeout(deadline, run)
                .await
                .map_err(|_| Error::DeadlineExceeded)?,
            None => run.await,
        };
        reply
            .map(Payload::into_bytes)
            .map_err(|cause| cause_error(cause, handler))
    }

    async fn run(
        &self,
        handler: &str,
        data: Payload,
        beside: Option<Beside>,
    ) -> Result<Payload, Cause> {
        let Some(handler) = self.methods.find(handler) else {
            return Err(Cause::UnknownHandler);
        };
        let (data, beside) = (data.into_bytes(), beside.map(Box::new));
        let running = handler.handle(this_process(), beside, data, None)?;
        if handler.finishes() {
            let finished = tokio::spawn(running).await;
            return finished.unwrap_or(Err(Cause::ShuttingDown));
        }
        running.await
    }
}

impl Carrier for Local {
    async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
        self.call_parts(handler, data.into(), CallOptions::new())
            .await
    }

    async fn call_parts(
        &self,
        handler: &str,
        data: Payload,
        mut options: CallOptions,
    ) -> Result<Bytes, Error> {
        options.settle(None)?;
        self.handle(handler, data, &options).await
    }

    async fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        mut options: CallOptions,
    ) -> Result<(), Error> {
        options.settle(None)?;
        let (local, handler) = (self.clone(), handler.to_owned());
        tokio::spawn(async move { local.handle(&handler, data, &options).await });
        Ok(())
    }
}
