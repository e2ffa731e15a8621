//! A call as its server, its handler, and what the handler has begun see it.

use std::cell::RefCell;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::time::{Instant as Moment, sleep_until};

use crate::Peer;
use crate::proto::Beside;

thread_local! {
    /// The call whose handler this thread polls, if those made by it are to be told something.
    static CURRENT: RefCell<Option<Arc<Ongoing>>> = const { RefCell::new(None) };
}

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

/// As long as this lives, the calls that this thread makes are made for a call that it handles.
#[derive(Debug)]
pub(crate) struct Scope {
    before: Option<Arc<Ongoing>>,
}

impl Scope {
    /// For the poll of a handler; none if there is nothing for its calls to inherit, which costs nothing.
    pub(crate) fn enter(call: &Arc<Ongoing>) -> Option<Self> {
        let beside = call.beside.as_ref()?;
        if beside.deadline.is_none() && beside.metadata.is_none() {
            return None;
        }
        let before = swap(Some(Arc::clone(call)));
        Some(Self { before })
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        swap(self.before.take());
    }
}

/// The call for which a call that is made now is made.
pub(crate) fn current() -> Option<Arc<Ongoing>> {
    // A thread that is ending handles nothing.
    let current = CURRENT.try_with(|current| current.borrow().clone());
    current.unwrap_or_default()
}

fn swap(call: Option<Arc<Ongoing>>) -> Option<Arc<Ongoing>> {
    let swapped = CURRENT.try_with(|current| mem::replace(&mut *current.borrow_mut(), call));
    swapped.unwrap_or_default()
}
