//! Calls to a service of the same process.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::time::timeout_at;

use crate::call::{Call, Carrier, Completion, Draft, Reply, cause_error};
use crate::driver::now;
use crate::proto::RequestMeta;
use crate::request::{ConnectionInfo, RequestState};
use crate::server::{Methods, Running, Service};
use crate::transport::{own_groups, this_process};
use crate::wire::{Cause, Payload};
use crate::{Error, Origin, Peer, ServeError};

/// A carrier that calls a service of the same process, without a socket.
///
/// The same stub then calls a service that runs in this process or in another one. It needs no runtime,
/// unless the service itself uses one. Outside of a tokio runtime, calls that have a deadline or are one-way,
/// and calls of `blocking` and `no_cancel` methods, fail with [`Error::Unsupported`].
///
/// A call behaves as it does over a socket: the codec encodes and decodes arguments and results, a
/// method's panic fails only its call, access rules of methods apply with this process as the caller, and
/// dropping a call's future cancels the call. A one-way call begins in any case, and ends where it waits after
/// the last clone of the carrier is dropped. Those of `blocking` and `no_cancel` methods run to their end. Message
/// sizes and the number of calls are not limited, and signatures are not compared, since stub and service are
/// from the same build.
///
/// # Examples
///
/// Every generated stub has a function `local`:
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
    connection: Arc<LocalConnection>,
}

/// The state that clones of a carrier share. Dropping it closes the connection.
#[derive(Debug)]
struct LocalConnection {
    info: Arc<ConnectionInfo>,
}

impl Local {
    /// Returns a carrier that calls this service.
    ///
    /// # Errors
    ///
    /// As [`Server::add_service`](crate::Server::add_service).
    pub fn new(service: impl Service) -> Result<Self, ServeError> {
        let mut methods = Methods::default();
        service.register(&mut methods)?;
        let peer = Peer::new(this_process(), Some(own_groups()));
        Ok(Self {
            methods: Arc::new(methods),
            connection: LocalConnection::new(peer.into()),
        })
    }

    /// Calls a handler with raw data, and returns the data of its reply.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a call; never one of dialling.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, which may have run.
    pub async fn call(&self, handler: &str, data: impl Into<Bytes>) -> Result<Bytes, Error> {
        let reply = self.execute(Call::new(handler, data.into())).await?;
        Ok(reply.data)
    }

    /// Sets the origin of the calls. By default it is this process.
    ///
    /// Handlers see it as [`Context::origin`](crate::Context::origin), and access rules apply to it. A
    /// gateway that forwards the calls of other callers sets their origin. The returned carrier is a new
    /// connection: one-way calls that `self` has started are aborted unless a clone of `self` lives on, or their
    /// method is `blocking` or `no_cancel`.
    ///
    /// # Examples
    ///
    /// A gateway for callers on other machines, which may not call restricted methods:
    ///
    /// ```
    /// use domainsockets::{Error, Local, Origin, RemoteName, service};
    ///
    /// #[service]
    /// pub trait Power {
    ///     #[rpc(allow(own_user))]
    ///     async fn halt(&self);
    ///     async fn charge(&self) -> u8;
    /// }
    ///
    /// struct Battery;
    ///
    /// impl Power for Battery {
    ///     async fn halt(&self) {}
    ///     async fn charge(&self) -> u8 {
    ///         93
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let origin = Origin::Remote(RemoteName::new("laptop"));
    /// let power = PowerClient::new(Local::new(PowerServer::new(Battery))?.with_origin(origin));
    /// assert_eq!(power.charge().await?, 93);
    /// assert!(matches!(power.halt().await, Err(Error::PermissionDenied { .. })));
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(run)
    /// # }
    /// ```
    #[must_use]
    pub fn with_origin(self, origin: Origin) -> Self {
        Self {
            methods: self.methods,
            connection: LocalConnection::new(origin),
        }
    }
}

impl Local {
    /// Returns the part of a call that needs a runtime.
    fn needs_runtime(&self, draft: &Draft<'_>) -> Option<&'static str> {
        if draft.end().is_some() {
            return Some("a deadline");
        }
        if draft.completion == Completion::Sent {
            return Some("a one-way call");
        }
        let handler = self.methods.find(draft.handler());
        let is_no_cancel = handler.is_some_and(|handler| handler.is_no_cancel());
        is_no_cancel.then_some("a method with a task of its own")
    }
}

impl Carrier for Local {
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        let mut draft = Draft::new(call);
        draft.settle(now(), None)?;
        if Handle::try_current().is_err()
            && let Some(what) = self.needs_runtime(&draft)
        {
            let what = format!("{what} outside of a tokio runtime");
            return Err(Error::Unsupported { what });
        }
        if draft.completion == Completion::Sent {
            let (methods, info) = (Arc::clone(&self.methods), Arc::clone(&self.connection.info));
            let mut draft = draft.into_owned();
            let handler = methods.find(draft.handler());
            let is_no_cancel = handler.is_some_and(|handler| handler.is_no_cancel());
            // The task ends with the connection, as that of a client's call does. The connection keeps no list of
            // such tasks: it would grow with the number of one-way calls.
            tokio::spawn(async move {
                if is_no_cancel {
                    tokio::select! {
                        // The call first: its handler begins, and then runs on in a task of its own, even if the
                        // connection has ended before this task is polled.
                        biased;
                        _ = run(&methods, &info, &mut draft) => {}
                        () = info.closed.wait() => {}
                    }
                    return;
                }
                let mut called = pin!(run(&methods, &info, &mut draft));
                // As over a socket, the handler runs up to its first wait, even if its caller has left before.
                let has_ended = poll_fn(|cx| Poll::Ready(called.as_mut().poll(cx).is_ready()));
                if has_ended.await {
                    return;
                }
                tokio::select! {
                    // First, so that a handler which waits for the end of the connection too does not run on.
                    biased;
                    () = info.closed.wait() => {}
                    // No caller waits for the result.
                    _ = called => {}
                }
            });
            return Ok(Reply::default());
        }
        let Some(canceller) = draft.canceller().cloned() else {
            return run(&self.methods, &self.connection.info, &mut draft).await;
        };
        tokio::select! {
            biased;
            called = run(&self.methods, &self.connection.info, &mut draft) => called,
            () = canceller.cancelled() => Err(Error::Cancelled),
        }
    }
}

impl LocalConnection {
    fn new(origin: Origin) -> Arc<Self> {
        Arc::new(Self {
            info: ConnectionInfo::new(origin, Arc::default()),
        })
    }
}

impl Drop for LocalConnection {
    fn drop(&mut self) {
        // Ends the tasks of one-way calls. Tasks that handlers have spawned learn that no more calls are made.
        self.info.closed.set();
        self.info.shutting_down.set();
    }
}

/// Runs the handler of a call until it returns or the call's deadline passes.
async fn run(
    methods: &Methods,
    info: &Arc<ConnectionInfo>,
    draft: &mut Draft<'_>,
) -> Result<Reply, Error> {
    let now = now();
    let end = draft.end();
    if end.is_some_and(|end| end <= now) {
        return Err(draft.expired());
    }
    let handled = handle(methods, info, draft, now);
    let result = match end {
        None => handled.await,
        Some(end) => match timeout_at(end.into(), handled).await {
            Ok(result) => result,
            Err(_) => return Err(draft.expired()),
        },
    };
    match result {
        Ok(data) => Ok(data.into_bytes().into()),
        Err(cause) => Err(cause_error(cause, draft.handler(), || draft.expired())),
    }
}

/// Finds and runs the handler of a call.
async fn handle(
    methods: &Methods,
    info: &Arc<ConnectionInfo>,
    draft: &mut Draft<'_>,
    now: Instant,
) -> Result<Payload<'static>, Cause> {
    let meta = draft.meta(now);
    let meta = meta.map(|meta| Box::new(RequestMeta::received(now, meta)));
    let Some(handler) = methods.find(draft.handler()) else {
        return Err(Cause::UnknownHandler);
    };
    let data: Bytes = std::mem::take(&mut draft.data).into_bytes();
    let running = Running::begin(handler, info, meta, data)?;
    if handler.is_no_cancel() {
        let mut stop = StopOnDrop(running.request());
        let finished = tokio::spawn(running).await;
        stop.0 = None;
        return finished.unwrap_or(Err(Cause::ShuttingDown));
    }
    running.await
}

/// Notifies a handler that runs on that its call was cancelled, unless it has returned.
struct StopOnDrop(Option<Arc<RequestState>>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(request) = &self.0 {
            request.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::runtime::Builder;
    use tokio::task::yield_now;

    use super::{Local, LocalConnection, own_groups, this_process};
    use crate::Peer;
    use crate::call::{Call, Carrier, Completion};
    use crate::server::Methods;

    #[test]
    fn ended_one_way_calls_leave_no_tasks_behind() {
        const CALLS: usize = 100;

        // Each task refers to its runtime, and the runtime to this.
        let token = Arc::new(());
        let kept = Arc::downgrade(&token);
        let mut builder = Builder::new_current_thread();
        builder.on_thread_park(move || {
            let _ = &token;
        });
        let runtime = builder.build().unwrap();
        let ended = Arc::<AtomicUsize>::default();
        let mut methods = Methods::default();
        let count = Arc::clone(&ended);
        let note = move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            async { Ok::<_, String>("") }
        };
        methods.add_raw("note", note).unwrap();
        let local = Local {
            methods: Arc::new(methods),
            connection: LocalConnection::new(Peer::new(this_process(), Some(own_groups())).into()),
        };
        runtime.block_on(async {
            for _ in 0..CALLS {
                let mut call = Call::new("note", "");
                call.completion = Completion::Sent;
                local.execute(call).await.unwrap();
            }
            while ended.load(Ordering::Relaxed) < CALLS {
                yield_now().await;
            }
        });
        drop((builder, runtime));
        assert!(kept.upgrade().is_none());
    }
}
