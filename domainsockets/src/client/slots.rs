//! The slots of a connection's calls, in which they find their outcomes.

use std::mem;
use std::task::{Poll, Waker};

use crate::proto::Outcome;

/// The slots of a connection's calls. A call has one from its beginning to its end. Slots are reused, so that
/// a call allocates none.
///
/// A waker may own a task, and the task other calls of the connection. So no waker is dropped here, under
/// the connection's lock: a caller that puts one in gets the former one back.
#[derive(Debug, Default)]
pub(super) struct Slots {
    all: Vec<Slot>,
    free: Vec<SlotKey>,
}

/// The key of a call's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SlotKey(usize);

#[derive(Debug)]
pub(super) enum Slot {
    Free,
    /// The call is in flight. The waker is that of its task.
    Waiting(Waker),
    Ended(Outcome),
}

impl Slots {
    /// Returns a slot for a call whose task `waker` wakes.
    pub(super) fn take(&mut self, waker: Waker) -> SlotKey {
        let waiting = Slot::Waiting(waker);
        if let Some(key) = self.free.pop()
            && let Some(slot) = self.all.get_mut(key.0)
        {
            *slot = waiting;
            return key;
        }
        self.all.push(waiting);
        SlotKey(self.all.len() - 1)
    }

    /// Stores the outcome of a call, and returns the waker of its task.
    pub(super) fn end(&mut self, key: SlotKey, outcome: Outcome) -> Option<Waker> {
        let slot = self.all.get_mut(key.0)?;
        match mem::replace(slot, Slot::Ended(outcome)) {
            Slot::Waiting(waker) => Some(waker),
            Slot::Free | Slot::Ended(_) => None,
        }
    }

    /// Returns whether a call has ended.
    pub(super) fn has_ended(&self, key: SlotKey) -> bool {
        matches!(self.all.get(key.0), Some(Slot::Ended(_)))
    }

    /// Returns the outcome of a call, and frees its slot. If the call has not ended, stores `waker`, and leaves
    /// the former waker in `stale`.
    #[inline]
    pub(super) fn poll(
        &mut self,
        key: SlotKey,
        waker: &Waker,
        stale: &mut Option<Waker>,
    ) -> Poll<Outcome> {
        match self.all.get_mut(key.0) {
            Some(Slot::Waiting(last)) => {
                if !last.will_wake(waker) {
                    *stale = Some(mem::replace(last, waker.clone()));
                }
                Poll::Pending
            }
            Some(slot @ Slot::Ended(_)) => {
                let Slot::Ended(outcome) = mem::replace(slot, Slot::Free) else {
                    return Poll::Pending;
                };
                self.put_back(key);
                Poll::Ready(outcome)
            }
            Some(Slot::Free) | None => Poll::Pending,
        }
    }

    /// Frees the slot of a cancelled call, and returns its content.
    pub(super) fn release(&mut self, key: SlotKey) -> Slot {
        let Some(slot) = self.all.get_mut(key.0) else {
            return Slot::Free;
        };
        let last = mem::replace(slot, Slot::Free);
        self.put_back(key);
        last
    }

    fn put_back(&mut self, key: SlotKey) {
        self.free.push(key);
        if self.free.len() == self.all.len() && KEPT < self.all.len() {
            *self = Self::default();
        }
    }
}

/// The number of slots that are kept when none is in use.
const KEPT: usize = 256;

#[cfg(test)]
mod tests {
    use std::task::{Poll, Waker};

    use super::{KEPT, Slots};
    use crate::proto::Outcome;

    #[test]
    fn slots_are_used_again() {
        let mut slots = Slots::default();
        let waker = Waker::noop();
        let first = slots.take(waker.clone());
        let second = slots.take(waker.clone());
        assert_eq!(slots.poll(first, waker, &mut None), Poll::Pending);
        assert!(slots.end(first, Outcome::Expired).is_some());
        assert_eq!(slots.poll(second, waker, &mut None), Poll::Pending);
        assert_eq!(
            slots.poll(first, waker, &mut None),
            Poll::Ready(Outcome::Expired)
        );
        slots.release(second);
        assert_eq!(slots.take(waker.clone()), second);
        assert_eq!(slots.take(waker.clone()), first);
        assert_eq!(slots.all.len(), 2);
    }

    #[test]
    fn memory_of_many_is_given_back() {
        let mut slots = Slots::default();
        let keys: Vec<_> = (0..=KEPT)
            .map(|_| slots.take(Waker::noop().clone()))
            .collect();
        for key in keys {
            slots.release(key);
        }
        assert_eq!(slots.all.capacity(), 0);
    }
}
