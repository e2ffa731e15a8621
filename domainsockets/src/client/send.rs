//! A call whose reply nobody waits for.

use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::Duration;

use super::call::{Failed, InFlight};
use super::connection::{Connection, State};
use crate::CallOptions;
use crate::proto::Outcome;
use crate::wire::Payload;

impl Connection {
    /// Calls a handler, and returns when the request has left. What comes of it is thrown away.
    pub(super) async fn send(
        &self,
        handler: &str,
        data: Payload,
        deadline: Duration,
        options: &CallOptions,
    ) -> Result<(), Failed> {
        let (mut call, _) = self.start(handler, data, deadline, options).await?;
        match poll_fn(|cx| call.poll_left(cx.waker())).await {
            None => Ok(()),
            Some(outcome @ Outcome::Reply { .. }) => match call.announces {
                Some(method) => self.learn(method, &outcome).map_err(Failed::in_flight),
                None => Ok(()),
            },
            Some(outcome) => outcome
                .into_result(handler)
                .map(drop)
                .map_err(Failed::in_flight),
        }
    }
}

impl InFlight<'_> {
    /// Whether the request has left, or how the call has ended before that. Then nobody attends to
    /// the call any more.
    fn poll_left(&mut self, waker: &Waker) -> Poll<Option<Outcome>> {
        let Some(slot) = self.slot else {
            return Poll::Ready(None);
        };
        // What is in there may own what takes the lock when it is dropped.
        let (mut former, mut _left) = (None, None);
        let mut state = self.connection.lock();
        let polled = match state.slots.poll(slot, waker, &mut former) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending if state.machine.outbox().has_left(self.id) => {
                _left = Some(state.slots.leave(slot));
                if let Some(method) = self.announces {
                    state.agreed.leave(slot, method);
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
        Poll::Ready(polled)
    }
}

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
