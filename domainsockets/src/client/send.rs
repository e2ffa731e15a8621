//! A call whose reply nobody waits for.

use std::task::{Poll, Waker};

use bytes::Bytes;

use super::call::InFlight;
use super::connection::State;
use crate::proto::Outcome;
use crate::wire::ServerMsgType;

impl InFlight<'_> {
    /// Whether the request has left, whatever comes of it, or how the call has ended before that. Then
    /// nobody attends to the call any more.
    pub(super) fn poll_sent(&mut self, waker: &Waker) -> Poll<Outcome> {
        let Some(slot) = self.slot else {
            return Poll::Pending;
        };
        // What is in there may own what takes the lock when it is dropped.
        let (mut former, mut _left) = (None, None);
        let mut state = self.connection.lock();
        let ended = match state.slots.poll(slot, waker, &mut former) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending if state.machine.outbox().has_left(self.id) => {
                _left = Some(state.slots.leave(slot));
                // It is learnt from then, not from what is said here.
                if let Some(method) = self.announces.take() {
                    state.compatibility.leave(slot, method);
                }
                None
            }
            Poll::Pending => {
                state.leaving.insert(self.id, slot);
                return Poll::Pending;
            }
        };
        state.leaving.remove(&self.id);
        drop(state);
        self.slot = None;
        Poll::Ready(ended.unwrap_or(HAS_LEFT))
    }
}

/// What comes of a call of which nobody learns more.
const HAS_LEFT: Outcome = Outcome::Reply {
    kind: ServerMsgType::Data,
    data: Bytes::new(),
    announced: false,
};

impl State {
    /// Adds what tells those whose requests have left, and who wait for nothing else.
    #[cold]
    pub(super) fn tell_left(&mut self, wakers: &mut Vec<Waker>) {
        while let Some(first) = self.leaving.first_entry()
            && self.machine.outbox().has_left(*first.key())
        {
            wakers.extend(self.slots.waker(first.remove()));
        }
    }
}
