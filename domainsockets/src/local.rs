//! A service that is called in its own process.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::call::{Carrier, cause_error};
use crate::driver::now;
use crate::proto::RequestMeta;
use crate::server::Methods;
use crate::server::Service;
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
    /// Calls for which nobody waits. They end with the last clone, as with the last one of a client.
    oneway: Arc<Oneway>,
}

#[derive(Debug, Default)]
struct Oneway {
    tasks: Mutex<Vec<AbortHandle>>,
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
        Ok(Self {
            methods: Arc::new(methods),
            oneway: Arc::default(),
        })
    }
}

impl Oneway {
    fn keep(&self, task: AbortHandle) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.len() == tasks.capacity() {
            tasks.retain(|task| !task.is_finished());
        }
        tasks.push(task);
    }
}

impl Drop for Oneway {
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner);
        for task in tasks {
            task.abort();
        }
    }
}

/// Calls a handler with options that are settled.
async fn handle(
    methods: &Methods,
    handler: &str,
    data: Payload,
    options: &CallOptions,
) -> Result<Bytes, Error> {
    let now = now();
    let end = options.deadline.and_then(|left| now.checked_add(left));
    let meta = options
        .meta(now, end, None)
        .map(|meta| RequestMeta::received(now, meta));
    let run = run(methods, handler, data, meta);
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
    methods: &Methods,
    handler: &str,
    data: Payload,
    meta: Option<RequestMeta>,
) -> Result<Payload, Cause> {
    let Some(handler) = methods.find(handler) else {
        return Err(Cause::UnknownHandler);
    };
    let (data, meta) = (data.into_bytes(), meta.map(Box::new));
    let running = handler.handle(this_process(), meta, data)?;
    if handler.finishes() {
        let finished = tokio::spawn(running).await;
        return finished.unwrap_or(Err(Cause::ShuttingDown));
    }
    running.await
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
        handle(&self.methods, handler, data, &options).await
    }

    async fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        mut options: CallOptions,
    ) -> Result<(), Error> {
        options.settle(None)?;
        let (methods, handler) = (Arc::clone(&self.methods), handler.to_owned());
        // Nobody learns what comes of it.
        let called = async move { handle(&methods, &handler, data, &options).await };
        self.oneway.keep(tokio::spawn(called).abort_handle());
        Ok(())
    }
}
