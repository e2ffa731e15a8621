//! The task of a handler, as its connection can stop it.

use std::sync::Arc;

use tokio::task::AbortHandle;

use crate::request::RequestState;

/// A handler that has a task of its own.
#[derive(Debug)]
pub(super) struct HandlerTask {
    /// `None` until the task is spawned, and for a `no_cancel` handler.
    pub(super) abort: Option<AbortHandle>,
    /// The request of a `no_cancel` handler. It is notified when the call is cancelled.
    pub(super) request: Option<Arc<RequestState>>,
    pub(super) handler: Arc<str>,
    /// Whether the handler's future was polled. `true` for a handler that finishes in any case.
    pub(super) is_polled: bool,
}

impl HandlerTask {
    /// Aborts the task, or notifies a `no_cancel` handler that its call is cancelled.
    ///
    /// Not called under the connection's lock: it wakes tasks of the user.
    pub(super) fn stop(&self) {
        if let Some(abort) = &self.abort {
            abort.abort();
        }
        if let Some(request) = &self.request {
            request.stop();
        }
    }

    /// Does what [`stop`](Self::stop) does, but a handler that was not polled is polled once, and dropped if it is not
    /// ready: its call may be a one-way call that has returned.
    pub(super) fn stop_once_polled(&self) {
        if self.is_polled {
            self.stop();
        }
    }
}
