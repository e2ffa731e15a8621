//! What the calls that a handler makes are made within.

use std::cell::{Cell, RefCell};
use std::mem;
use std::sync::Arc;

use super::RequestState;

thread_local! {
    /// The call whose handler this thread polls, if those made by it are to be told something.
    static CURRENT: RefCell<Option<Arc<RequestState>>> = const { RefCell::new(None) };

    /// Whether there is one: asked at every call, and answered without looking at what has to be dropped.
    static IS_SET: Cell<bool> = const { Cell::new(false) };
}

/// As long as this lives, the calls that this thread makes are made for a call that it handles.
#[derive(Debug)]
pub(crate) struct CurrentGuard {
    before: Option<Arc<RequestState>>,
}

impl CurrentGuard {
    /// For the poll of a handler; none if there is nothing for its calls to inherit, nor anything that is
    /// inherited otherwise, which costs nothing.
    #[inline]
    pub(crate) fn enter(call: &Arc<RequestState>) -> Option<Self> {
        let meta = call.meta.as_ref();
        let inherited = meta.filter(|meta| meta.deadline.is_some() || meta.metadata.is_some());
        if inherited.is_none() && !IS_SET.get() {
            return None;
        }
        let before = swap(inherited.map(|_| Arc::clone(call)));
        Some(Self { before })
    }
}

impl Drop for CurrentGuard {
    fn drop(&mut self) {
        swap(self.before.take());
    }
}

/// The call for which a call that is made now is made.
#[inline]
pub(crate) fn current() -> Option<Arc<RequestState>> {
    if IS_SET.get() { copied() } else { None }
}

#[cold]
fn copied() -> Option<Arc<RequestState>> {
    // A thread that is ending handles nothing.
    let current = CURRENT.try_with(|current| current.borrow().clone());
    current.unwrap_or_default()
}

fn swap(call: Option<Arc<RequestState>>) -> Option<Arc<RequestState>> {
    IS_SET.set(call.is_some());
    let swapped = CURRENT.try_with(|current| mem::replace(&mut *current.borrow_mut(), call));
    swapped.unwrap_or_default()
}
