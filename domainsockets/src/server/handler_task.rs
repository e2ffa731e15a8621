//! The task of a handler that did not answer at once.

use std::sync::Arc;

use tokio::task::AbortHandle;

use crate::request::RequestState;

/// A request whose handler has a task of its own.
#[derive(Debug)]
pub(super) struct HandlerTask {
    /// None while the task is being made, and for a handler that is to finish.
    pub(super) abort: Option<AbortHandle>,
    /// The request of a handler that is to finish: it is told when its call is cancelled.
    pub(super) request: Option<Arc<RequestState>>,
    pub(super) handler: Arc<str>,
}

impl HandlerTask {
    /// Aborts the task. Tells a handler that is to finish that its call is cancelled.
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
}
