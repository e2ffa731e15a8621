//! A request that is being handled.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Instant;

use bytes::Bytes;

use super::handler::{Failure, Handler, HandlerFuture};
use crate::request::Context;
use crate::request::CurrentGuard;
use crate::request::Request;
use crate::request::RequestState;
use crate::wire::{Cause, Payload};

/// A request that is being handled. Whatever its handler does, polling and dropping it do not
/// panic.
pub(crate) struct Running {
    handler: Arc<Handler>,
    /// None once what is left of it has been taken.
    call: Option<Arc<RequestState>>,
    future: Option<HandlerFuture>,
    is_done: bool,
}

impl Running {
    /// Begins it.
    pub(super) fn begin(
        handler: &Arc<Handler>,
        call: Arc<RequestState>,
        data: Bytes,
    ) -> Result<Self, Cause> {
        let request = Request::new(Context::new(Arc::clone(&call)), data);
        let future = catch_unwind(AssertUnwindSafe(|| handler.run(request))).map_err(panicked)?;
        Ok(Self {
            handler: Arc::clone(handler),
            call: Some(call),
            future: Some(future),
            is_done: false,
        })
    }

    /// When the handler is to be stopped.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.call.as_ref()?.deadline()
    }

    /// Lets the next request have what is left of a call that is answered.
    pub(super) fn put_back(mut self) {
        if let Some(call) = self.call.take() {
            call.put_back();
        }
    }
}

impl Future for Running {
    type Output = Result<Payload, Cause>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let Self {
            handler,
            call,
            future,
            ..
        } = &mut *self;
        let Some(future) = future else {
            return Poll::Ready(Err(Cause::Panicked));
        };
        let _scope = call.as_ref().and_then(CurrentGuard::enter);
        let pace = handler.pace();
        let begun = pace.is_due().then(Instant::now);
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        if let Some(begun) = begun {
            pace.count(begun.elapsed());
        }
        self.is_done = !matches!(polled, Ok(Poll::Pending));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(reply)) => Poll::Ready(reply.map_err(|Failure(cause)| cause)),
            Err(panic) => Poll::Ready(Err(panicked(panic))),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_done
            && let Some(call) = &self.call
        {
            call.stop();
        }
        if let Some(future) = self.future.take() {
            // What the handler holds may panic when it goes; that is the handler's panic too.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
        }
    }
}

/// Drops a panic's payload, which may panic itself.
fn panicked(panic: Box<dyn Any + Send>) -> Cause {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(panic)));
    Cause::Panicked
}
