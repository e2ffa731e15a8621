//! A running handler: the request that it handles and its future.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Instant;

use bytes::Bytes;

use super::handler::{Failure, Handler, HandlerFuture};
use crate::driver::contain_panic;
use crate::proto::RequestMeta;
use crate::request::{ConnectionInfo, Context, CurrentGuard, Request, RequestState};
use crate::wire::{Cause, Payload};

/// The future of a running handler. Polling and dropping it do not panic, even if the handler does.
pub(crate) struct Running {
    handler: Arc<Handler>,
    /// `None` once [`recycle`](Self::recycle) took it.
    request: Option<Arc<RequestState>>,
    future: Option<HandlerFuture>,
    is_done: bool,
}

impl Running {
    /// Calls a handler, if the caller may call it.
    pub(crate) fn begin(
        handler: &Arc<Handler>,
        connection: &Arc<ConnectionInfo>,
        meta: Option<Box<RequestMeta>>,
        data: Bytes,
    ) -> Result<Self, Cause> {
        let signature = meta.as_ref().and_then(|meta| meta.signature);
        handler.admit(connection.origin(), signature)?;
        let state = RequestState::new(handler.name(), connection, meta);
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

    /// Returns the deadline of the request, at which the handler is dropped.
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
        let poll_cost = handler.poll_cost();
        let begun = poll_cost.is_due().then(Instant::now);
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        if let Some(begun) = begun {
            poll_cost.count(begun.elapsed());
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
            // A destructor of the handler's values may panic. It counts as the handler's panic.
            contain_panic(|| drop(future));
        }
    }
}

/// Drops a panic's payload, which may panic itself.
fn panicked(panic: Box<dyn Any + Send>) -> Cause {
    contain_panic(|| drop(panic));
    Cause::Panicked
}
