//! The state of a request that is being handled.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Instant;

use super::{ConnectionInfo, OneShotEvent};
use crate::proto::RequestMeta;

/// The state of a request, shared by its handler's future and all clones of its context.
#[derive(Debug)]
pub(crate) struct RequestState {
    pub(crate) handler: Arc<str>,
    pub(crate) connection: Arc<ConnectionInfo>,
    /// The deadline, metadata and signature hash that the caller sent.
    meta: Option<Box<RequestMeta>>,
    /// Set when the server stops the handler before it has returned.
    stopped: OneShotEvent,
}

thread_local! {
    /// The allocation of an answered request, for the next one, so that most requests allocate nothing.
    ///
    /// One per thread, not per connection: thousands of small allocations that outlive their neighbours would
    /// fragment the heap.
    static CACHED: Cell<Option<Arc<RequestState>>> = const { Cell::new(None) };
}

impl RequestState {
    pub(crate) fn new(
        handler: &Arc<str>,
        connection: &Arc<ConnectionInfo>,
        meta: Option<Box<RequestMeta>>,
    ) -> Arc<Self> {
        // The cache is destroyed when the thread is ending.
        if let Ok(Some(mut cached)) = CACHED.try_with(Cell::take)
            && let Some(state) = Arc::get_mut(&mut cached)
        {
            if !Arc::ptr_eq(&state.handler, handler) {
                state.handler = Arc::clone(handler);
            }
            if !Arc::ptr_eq(&state.connection, connection) {
                state.connection = Arc::clone(connection);
            }
            state.meta = meta;
            return cached;
        }
        Arc::new(Self {
            handler: Arc::clone(handler),
            connection: Arc::clone(connection),
            meta,
            stopped: OneShotEvent::default(),
        })
    }

    /// Returns the request's allocation to the per-thread cache, unless a context of the request is still
    /// alive.
    ///
    /// The request must not have been stopped: its event stays set.
    pub(crate) fn recycle(mut self: Arc<Self>) {
        if let Some(state) = Arc::get_mut(&mut self) {
            state.meta = None;
            let _ = CACHED.try_with(|cache| cache.set(Some(self)));
        }
    }

    /// Returns the deadline, metadata and signature hash that the caller sent, if any.
    pub(crate) fn meta(&self) -> Option<&RequestMeta> {
        self.meta.as_deref()
    }

    /// Returns the deadline, if the caller sent one.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.meta.as_ref()?.deadline
    }

    /// Records that the handler was stopped, and wakes the tasks that wait in [`cancelled`](Self::cancelled).
    pub(crate) fn stop(&self) {
        self.stopped.set();
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        #[cfg(feature = "tokio")]
        let is_expired = (self.deadline()).is_some_and(|deadline| deadline <= crate::driver::now());
        // Without the feature `tokio` there are no requests.
        #[cfg(not(feature = "tokio"))]
        let is_expired = false;
        self.stopped.is_set() || is_expired
    }

    /// Waits until the handler is stopped or the deadline has passed.
    pub(crate) async fn cancelled(&self) {
        match self.deadline() {
            None => self.stopped.wait().await,
            #[cfg(feature = "tokio")]
            Some(deadline) => {
                tokio::select! {
                    biased;
                    () = self.stopped.wait() => {}
                    () = tokio::time::sleep_until(deadline.into()) => {}
                }
            }
            // Without the feature `tokio` there are no requests.
            #[cfg(not(feature = "tokio"))]
            Some(_) => self.stopped.wait().await,
        }
    }
}

#[cfg(test)]
#[cfg(feature = "tokio")]
mod tests {
    use std::sync::Arc;

    use super::RequestState;
    use crate::Peer;
    use crate::request::ConnectionInfo;
    use crate::transport::this_process;

    #[test]
    fn an_answered_requests_allocation_is_reused_unless_its_context_is_alive() {
        let [one, other] = ["one", "other"].map(Arc::<str>::from);
        let origin = Peer::new(this_process(), None).into();
        let connection = ConnectionInfo::new(origin, Arc::default());
        let first = RequestState::new(&one, &connection, None);
        let place = Arc::as_ptr(&first);
        first.recycle();
        let second = RequestState::new(&other, &connection, None);
        assert_eq!(Arc::as_ptr(&second), place);
        assert_eq!(&*second.handler, "other");

        let kept = Arc::clone(&second);
        second.recycle();
        let third = RequestState::new(&one, &connection, None);
        assert_ne!(Arc::as_ptr(&third), Arc::as_ptr(&kept));
        assert_eq!(&*kept.handler, "other");
    }
}
