//! A call as its server, its handler, and what the handler has begun see it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::time::{Instant as Moment, sleep_until};

use crate::Peer;
use crate::proto::Beside;

/// A call that is handled, or was.
#[derive(Debug)]
pub(crate) struct Ongoing {
    pub(crate) handler: Arc<str>,
    pub(crate) peer: Peer,
    /// What the caller has said of it.
    pub(crate) beside: Option<Box<Beside>>,
    /// Whether its handler was stopped before it had answered.
    is_stopped: AtomicBool,
    stopped: Notify,
}

impl Ongoing {
    pub(crate) fn new(handler: Arc<str>, peer: Peer, beside: Option<Box<Beside>>) -> Arc<Self> {
        Arc::new(Self {
            handler,
            peer,
            beside,
            is_stopped: AtomicBool::new(false),
            stopped: Notify::new(),
        })
    }

    /// A call for which `spare` is taken if it can stand for it, so that most calls ask the allocator
    /// for nothing: one of the same handler and peer that nobody has kept. It was answered, so there is
    /// nothing in it that was of that call alone.
    pub(crate) fn reusing(
        spare: Option<Arc<Self>>,
        handler: &Arc<str>,
        peer: Peer,
        beside: Option<Box<Beside>>,
    ) -> Arc<Self> {
        match spare {
            Some(spare)
                if beside.is_none()
                    && spare.beside.is_none()
                    && Arc::ptr_eq(&spare.handler, handler)
                    && Arc::strong_count(&spare) == 1 =>
            {
                spare
            }
            _ => Self::new(Arc::clone(handler), peer, beside),
        }
    }

    /// When the caller waits no more, if it has said so.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.beside.as_ref()?.deadline
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
