//! The calls in flight of a client: their IDs, deadlines, and the slots for their outcomes.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Instant;

use super::deadlines::Deadlines;
use crate::wire::ID_END;

/// The calls in flight. `S` receives the outcome of a call.
#[derive(Debug)]
pub(super) struct Calls<S> {
    next_id: u64,
    slots: HashMap<u64, PendingCall<S>, BuildHasherDefault<IdHasher>>,
    deadlines: Deadlines,
}

#[derive(Debug)]
struct PendingCall<S> {
    slot: S,
    deadline: Option<Instant>,
}

impl<S> Calls<S> {
    pub(super) fn new() -> Self {
        Self {
            next_id: FIRST_ID,
            slots: HashMap::default(),
            deadlines: Deadlines::new(),
        }
    }

    /// Returns a new ID. IDs count up, so that the reply to a cancelled call is never taken for the reply to another call.
    /// They wrap at 2^56, since a Go peer cannot write larger ones.
    pub(super) fn allocate_id(&mut self) -> u64 {
        loop {
            let id = self.next_id;
            self.next_id = if id + 1 == ID_END { FIRST_ID } else { id + 1 };
            if !self.slots.contains_key(&id) {
                return id;
            }
        }
    }

    /// Registers a call under an ID of [`allocate_id`](Self::allocate_id).
    pub(super) fn register(&mut self, id: u64, deadline: Option<Instant>, slot: S) {
        self.slots.insert(id, PendingCall { slot, deadline });
        if let Some(deadline) = deadline {
            self.deadlines.insert(deadline, id);
        }
    }

    /// Returns the slot of a call, if it is in flight.
    pub(super) fn slot(&mut self, id: u64) -> Option<&mut S> {
        self.slots.get_mut(&id).map(|call| &mut call.slot)
    }

    /// Ends a call, if it is in flight, and returns its slot.
    pub(super) fn complete(&mut self, id: u64) -> Option<S> {
        let call = self.slots.remove(&id)?;
        if let Some(deadline) = call.deadline {
            let lives = |id| self.slots.contains_key(&id);
            self.deadlines.remove(deadline, id, self.slots.len(), lives);
        }
        if self.slots.is_empty() && KEPT_CALLS < self.slots.capacity() {
            self.slots.shrink_to(KEPT_CALLS);
        }
        Some(call.slot)
    }

    /// Ends a call whose deadline has passed, if there is one.
    pub(super) fn pop_expired(&mut self, now: Instant) -> Option<(u64, S)> {
        let (deadline, id) = self.deadlines.first()?;
        if now < deadline {
            return None;
        }
        Some((id, self.complete(id)?))
    }

    /// Ends all calls.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (u64, S)> {
        self.deadlines.clear();
        self.slots.drain().map(|(id, call)| (id, call.slot))
    }

    /// Returns the earliest deadline.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| deadline)
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

/// The ID of the client's hello, which no call has.
pub(super) const HELLO_ID: u64 = 0;

/// The ID of the first call.
const FIRST_ID: u64 = HELLO_ID + 1;

/// How many calls the memory is kept for while none is in flight: those of the default limit, so that a burst of calls
/// does not allocate again.
const KEPT_CALLS: usize = 1792;

/// A fast hasher of IDs. This side counts them up itself, so no peer can choose collisions.
#[derive(Debug, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0.rotate_left(8) ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        // Fibonacci hashing: the golden ratio as a fraction of 2^64.
        self.0 = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Calls, KEPT_CALLS};

    #[test]
    fn expired_calls_come_in_the_order_of_their_deadlines() {
        let start = Instant::now();
        let at = |ms| Some(start + Duration::from_millis(ms));
        let mut calls = Calls::new();
        for (id, deadline) in [(1, at(30)), (2, at(10)), (3, None), (4, at(20))] {
            assert_eq!(calls.allocate_id(), id);
            calls.register(id, deadline, id);
        }
        assert_eq!(calls.next_deadline(), at(10));
        assert_eq!(calls.pop_expired(start), None);
        let late = start + Duration::from_millis(25);
        assert_eq!(calls.pop_expired(late), Some((2, 2)));
        assert_eq!(calls.pop_expired(late), Some((4, 4)));
        assert_eq!(calls.pop_expired(late), None);
        assert_eq!(calls.complete(1), Some(1));
        assert_eq!(calls.next_deadline(), None);
        assert_eq!(calls.len(), 1);
    }

    #[test]
    fn memory_of_a_burst_of_calls_is_freed() {
        const CALLS: usize = 100_000;

        let end = Instant::now();
        let mut calls = Calls::new();
        for id in 0..CALLS as u64 {
            calls.register(id, Some(end), ());
        }
        assert!(CALLS <= calls.slots.capacity());
        for id in 0..CALLS as u64 {
            calls.complete(id);
        }
        assert!(calls.slots.capacity() <= KEPT_CALLS);
        assert!(calls.deadlines.capacity() <= KEPT_CALLS);
    }

    #[test]
    fn ids_wrap_below_2_to_56_and_skip_what_is_in_flight() {
        let mut calls = Calls::new();
        calls.register(0, None, ());
        calls.next_id = (1 << 56) - 1;
        assert_eq!(calls.allocate_id(), (1 << 56) - 1);
        assert_eq!(calls.allocate_id(), 1);
    }
}
