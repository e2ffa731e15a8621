//! A call as its server, its handler, and what the handler has begun see it.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::time::{Instant as Moment, sleep_until};

use crate::Peer;
use crate::proto::RequestMeta;

/// A call that is handled, or was.
#[derive(Debug)]
pub(crate) struct RequestState {
    pub(crate) handler: Arc<str>,
    pub(crate) peer: Peer,
    /// What the caller has said of it.
    pub(crate) meta: Option<Box<RequestMeta>>,
    /// Whether its handler was stopped before it had answered.
    is_stopped: AtomicBool,
    stopped: Notify,
}

thread_local! {
    /// A call that was answered, whose memory the next one may have, so that most ask the allocator for
    /// nothing. One for each thread: kept by each connection, they would lie about in the allocator's memory,
    /// and keep it from joining what lies between them.
    static SPARE: Cell<Option<Arc<RequestState>>> = const { Cell::new(None) };
}

impl RequestState {
    pub(crate) fn new(handler: &Arc<str>, peer: Peer, meta: Option<Box<RequestMeta>>) -> Arc<Self> {
        // A thread that is ending has none.
        if let Ok(Some(mut spare)) = SPARE.try_with(Cell::take)
            && let Some(call) = Arc::get_mut(&mut spare)
        {
            if !Arc::ptr_eq(&call.handler, handler) {
                call.handler = Arc::clone(handler);
            }
            call.peer = peer;
            call.meta = meta;
            return spare;
        }
        Arc::new(Self {
            handler: Arc::clone(handler),
            peer,
            meta,
            is_stopped: AtomicBool::new(false),
            stopped: Notify::new(),
        })
    }

    /// Leaves the memory of a call that was answered, and not stopped, to the next one of this thread,
    /// unless somebody has kept the call.
    pub(crate) fn put_back(mut self: Arc<Self>) {
        if let Some(call) = Arc::get_mut(&mut self) {
            call.meta = None;
            let _ = SPARE.try_with(|spare| spare.set(Some(self)));
        }
    }

    /// When the caller waits no more, if it has said so.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.meta.as_ref()?.deadline
    }

    /// Tells whoever asks that the handler was stopped.
    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        self.stopped.notify_waiters();
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        let has_passed = |deadline| deadline <= Moment::now().into_std();
        self.is_stopped.load(Ordering::Acquire) || self.deadline().is_some_and(has_passed)
    }

    pub(crate) async fn cancelled(&self) {
        let mut stopped = pin!(self.stopped.notified());
        // It is told also of what happens before it is waited for.
        stopped.as_mut().enable();
        if self.is_cancelled() {
            return;
        }
        match self.deadline() {
            None => stopped.await,
            Some(deadline) => {
                tokio::select! {
                    () = stopped => {}
                    () = sleep_until(deadline.into()) => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::RequestState;
    use crate::transport::this_process;

    #[test]
    fn memory_of_an_answered_call_is_the_next_ones_unless_it_is_kept() {
        let [one, other] = ["one", "other"].map(Arc::<str>::from);
        let first = RequestState::new(&one, this_process(), None);
        let place = Arc::as_ptr(&first);
        first.put_back();
        let second = RequestState::new(&other, this_process(), None);
        assert_eq!(Arc::as_ptr(&second), place);
        assert_eq!(&*second.handler, "other");

        let kept = Arc::clone(&second);
        second.put_back();
        let third = RequestState::new(&one, this_process(), None);
        assert_ne!(Arc::as_ptr(&third), Arc::as_ptr(&kept));
        assert_eq!(&*kept.handler, "other");
    }
}
