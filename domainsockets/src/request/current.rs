//! Which request this thread handles.

use std::cell::{Cell, RefCell};
use std::mem;
use std::sync::Arc;

use super::RequestState;

thread_local! {
    /// The request whose handler this thread polls, if calls that the handler makes inherit anything.
    static CURRENT: RefCell<Option<Arc<RequestState>>> = const { RefCell::new(None) };

    /// Whether there is one: read at every call, and without touching what has to be dropped.
    static IS_SET: Cell<bool> = const { Cell::new(false) };
}

/// Marks a request as the one that this thread handles, for as long as the guard lives.
#[derive(Debug)]
pub(crate) struct CurrentGuard {
    before: Option<Arc<RequestState>>,
}

impl CurrentGuard {
    /// Marks a request for one poll of its handler. Returns no guard, at no cost, if calls inherit nothing
    /// from the request and no other request is marked.
    #[inline]
    pub(crate) fn enter(request: &Arc<RequestState>) -> Option<Self> {
        let inherited = request
            .meta()
            .filter(|meta| meta.deadline.is_some() || meta.metadata.is_some());
        if inherited.is_none() && !IS_SET.get() {
            return None;
        }
        let before = swap(inherited.map(|_| Arc::clone(request)));
        Some(Self { before })
    }
}

impl Drop for CurrentGuard {
    fn drop(&mut self) {
        swap(self.before.take());
    }
}

/// Returns the request that this thread is handling. Outgoing calls inherit its deadline and metadata.
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

fn swap(request: Option<Arc<RequestState>>) -> Option<Arc<RequestState>> {
    IS_SET.set(request.is_some());
    let swapped = CURRENT.try_with(|current| mem::replace(&mut *current.borrow_mut(), request));
    swapped.unwrap_or_default()
}
