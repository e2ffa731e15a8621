//! The request that this thread is handling.

use std::cell::{Cell, RefCell};
use std::mem;
use std::sync::Arc;

use super::RequestState;

thread_local! {
    /// The request whose handler this thread is polling, if it has anything for calls to inherit.
    static CURRENT: RefCell<Option<Arc<RequestState>>> = const { RefCell::new(None) };

    /// Whether `CURRENT` is set. Every outgoing call reads this flag, which is cheaper than `CURRENT`: a
    /// thread-local with a destructor checks its state on each access.
    static IS_SET: Cell<bool> = const { Cell::new(false) };
}

/// A guard that makes a request the current one of this thread while it lives.
#[derive(Debug)]
pub(crate) struct CurrentGuard {
    /// The request that was current before, since a handler may poll another one: that of a local service.
    before: Option<Arc<RequestState>>,
}

impl CurrentGuard {
    /// Makes a request the current one, for one poll of its handler. Returns `None`, at no cost, if the
    /// request has nothing to inherit and no other request is current.
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
    // The value is destroyed when the thread is ending; no handler runs then.
    let current = CURRENT.try_with(|current| current.borrow().clone());
    current.unwrap_or_default()
}

fn swap(request: Option<Arc<RequestState>>) -> Option<Arc<RequestState>> {
    IS_SET.set(request.is_some());
    let swapped = CURRENT.try_with(|current| mem::replace(&mut *current.borrow_mut(), request));
    swapped.unwrap_or_default()
}
