//! A request that is being handled.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Instant;

use bytes::Bytes;

use super::handler::{Failure, Handler, HandlerFuture};
use crate::request::{Context, CurrentGuard, Request, RequestState};
use crate::wire::{Cause, Payload};

/// A request that is being handled. Whatever its handler does, polling and dropping it do not
/// panic.
pub(crate) struct Running {
    handler: Arc<Handler>,
    /// None once what is left of it has been taken.
    request: Option<Arc<RequestState>>,
    future: Option<HandlerFuture>,
    is_done: bool,
}

impl Running {
    /// Begins it.
    pub(super) fn begin(
        handler: &Arc<Handler>,
        state: Arc<RequestState>,
        data: Bytes,
    ) -> Result<Self, Cause> {
        let request = Request::new(Context::new(Arc::clone(&state)), data);
        let future = catch_unwind(AssertUnwindSafe(|| handler.run(request))).map_err(panicked)?;
        Ok(Self {
            handler: Arc::clone(handler),
            request: Some(state),
            future: Some(future),
            is_done: false,
        })
    }

    /// Returns the state of the request, which tells the handler when its call is cancelled.
    pub(crate) fn request(&self) -> Option<Arc<RequestState>> {
        self.request.clone()
    }

    /// Returns the time at which the handler is to be stopped.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.request.as_ref()?.deadline()
    }

    /// Returns the request's allocation to the per-thread cache.
    pub(super) fn recycle(mut self) {
        if let Some(request) = self.request.take() {
            request.recycle();
        }
    }
}

impl Future for Running {
    type Output = Result<Payload<'static>, Cause>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let Self {
            handler,
            request,
            future,
            ..
        } = &mut *self;
        let Some(future) = future else {
            return Poll::Ready(Err(Cause::Panicked));
        };
        let _current = request.as_ref().and_then(CurrentGuard::enter);
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
            && let Some(request) = &self.request
        {
            request.stop();
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
