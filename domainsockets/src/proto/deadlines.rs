//! The deadlines of calls in flight, earliest first. `proto/client.rs` fires them, in `on_time`.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

/// How many entries of ended calls are kept, in addition to as many as there are calls.
const ENDED_KEPT: usize = 64;

/// How many entries an empty queue keeps the memory of.
const KEPT_CAPACITY: usize = 1024;

/// The deadlines, sorted.
///
/// Most calls of a connection have the same timeout, so that each deadline is later than those before it. These are in
/// a queue. The entry of an ended call stays there until it is the first. All other deadlines are in a sorted set.
#[derive(Debug)]
pub(super) struct Deadlines {
    queue: VecDeque<(Instant, u64)>,
    sorted: BTreeSet<(Instant, u64)>,
}

impl Deadlines {
    pub(super) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            sorted: BTreeSet::new(),
        }
    }

    pub(super) fn insert(&mut self, deadline: Instant, id: u64) {
        match self.queue.back() {
            Some((last, _)) if deadline < *last => {
                self.sorted.insert((deadline, id));
            }
            _ => self.queue.push_back((deadline, id)),
        }
    }

    /// Removes the deadline of an ended call. `count` is the number of calls in flight. `lives` returns whether the call
    /// with an ID is in flight.
    pub(super) fn remove(
        &mut self,
        deadline: Instant,
        id: u64,
        count: usize,
        lives: impl Fn(u64) -> bool,
    ) {
        if !self.sorted.is_empty() && self.sorted.remove(&(deadline, id)) {
            return;
        }
        while let Some((_, id)) = self.queue.front()
            && !lives(*id)
        {
            self.queue.pop_front();
        }
        if self.queue.len() > 2 * count + ENDED_KEPT {
            self.queue.retain(|(_, id)| lives(*id));
        }
        if self.queue.is_empty() {
            self.queue.shrink_to(KEPT_CAPACITY);
        }
    }

    /// Returns the earliest deadline of a call in flight, and the call's ID.
    pub(super) fn first(&self) -> Option<(Instant, u64)> {
        match (self.queue.front(), self.sorted.first()) {
            (Some(queued), Some(sorted)) => Some(*queued.min(sorted)),
            (queued, sorted) => queued.or(sorted).copied(),
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.queue.capacity()
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.sorted.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{Deadlines, ENDED_KEPT};

    proptest! {
        #[test]
        fn the_first_is_the_earliest(steps in vec((any::<bool>(), 0_u64..20, any::<u8>()), 1..400)) {
            let start = Instant::now();
            let (mut deadlines, mut calls) = (Deadlines::new(), BTreeMap::new());
            for (step, (ends, late, which)) in steps.into_iter().enumerate() {
                let id = step as u64;
                if ends {
                    let index = usize::from(which) % (calls.len() + 1);
                    if let Some((id, deadline)) = calls.iter().nth(index).map(|(a, b)| (*a, *b)) {
                        calls.remove(&id);
                        deadlines.remove(deadline, id, calls.len(), |id| calls.contains_key(&id));
                    }
                } else {
                    let deadline = start + Duration::from_millis(id + late);
                    calls.insert(id, deadline);
                    deadlines.insert(deadline, id);
                }
                let earliest = calls.iter().map(|(id, deadline)| (*deadline, *id)).min();
                prop_assert_eq!(deadlines.first(), earliest);
                prop_assert!(deadlines.queue.len() <= 2 * calls.len() + ENDED_KEPT + 1);
            }
        }
    }
}
