//! One call, from its request to its outcome.

use std::future::poll_fn;
use std::mem;
use std::task::{Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use tokio::task::yield_now;

use super::borrowed_reader::BorrowedReader;
use super::connection::{ClientState, Connection};
use super::queued_call::QueuedCall;
use super::reading::{PollResult, poll_for_reply};
use super::slots::SlotKey;
use crate::Error;
use crate::call::{CallFailure, Completion, Draft, Method, receive_queue_full, too_many_in_flight};
use crate::driver::{FlushState, now};
use crate::proto::Outcome;

/// The guard of a call in flight: dropped before the call has ended, it cancels the call.
pub(super) struct CallGuard<'a> {
    pub(super) connection: &'a Connection,
    pub(super) id: u64,
    /// The slot of its outcome, until the outcome is taken.
    pub(super) slot: Option<SlotKey>,
    /// Whether this call is responsible for the scheduled flush.
    flushes: bool,
    /// The method that it announces.
    pub(super) announces: Option<&'static Method>,
    /// The reader of replies, if the call polls for its own.
    reader: Option<BorrowedReader<'a>>,
    /// Whether the waker of its task was registered when it began.
    has_waker: bool,
}

/// The result of an attempt to begin a call.
enum Begun<'a> {
    InFlight(CallGuard<'a>),
    /// The concurrency limit is reached: the call is queued.
    Queued(QueuedCall<'a>),
    /// The call has to announce this method first.
    Unannounced(&'static Method),
}

impl Connection {
    /// Makes a call, whose data it takes out of the draft. A call that is complete once it was sent returns
    /// no data.
    pub(super) async fn call(
        &self,
        draft: &mut Draft<'_>,
        now: Instant,
        end: Instant,
    ) -> Result<Bytes, CallFailure> {
        let mut call = loop {
            let beginning = poll_fn(|cx| Poll::Ready(self.begin(draft, cx.waker(), now, end)));
            match beginning
                .await
                .map_err(|error| self.explain(CallFailure::unsent(error)))?
            {
                Begun::InFlight(call) => break call,
                Begun::Queued(queued) => {
                    // Boxed, so that the future of a call that does not wait is no larger for it.
                    let begun = Box::pin(self.begin_later(draft, queued, end)).await;
                    break begun.map_err(|error| self.explain(CallFailure::unsent(error)))?;
                }
                // Without the lock: deriving the signature runs `Deserialize` code of the user's types.
                Begun::Unannounced(method) => draft.announce(method),
            }
        };
        // Without the lock: the owner of the data's memory may use the client when it is dropped.
        drop(mem::take(&mut draft.data));
        if draft.is_no_wait() {
            call.send_at_once().map_err(CallFailure::unsent)?;
        }
        // The waker was registered when the call began, in this poll. A one-way call may be complete by now.
        let mut is_fresh = call.has_waker && draft.completion == Completion::Reply;
        if call.poll_for_reply() {
            yield_now().await;
        }
        if call.flushes {
            // Tasks that are ready to run write their requests first; then all are sent together.
            yield_now().await;
            call.flush();
            is_fresh = false;
        }
        let outcome = poll_fn(|cx| {
            if mem::take(&mut is_fresh) {
                return Poll::Pending;
            }
            call.poll(cx.waker())
        });
        let outcome = outcome.await;
        if let Some(method) = call.announces
            && outcome != Outcome::Sent
        {
            self.check_announced(method, &outcome)
                .map_err(CallFailure::in_flight)?;
        }
        draft
            .result(outcome)
            .map_err(|error| self.explain(CallFailure::in_flight(error)))
    }

    /// Learns from the outcome of a call that has announced its method.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureMismatch`] if the server has another signature for the method.
    #[cold]
    fn check_announced(&self, method: &'static Method, outcome: &Outcome) -> Result<(), Error> {
        let mut state = self.lock();
        state.compatibility.learn(method, outcome);
        state.compatibility.check(method)
    }

    /// Begins a call, or queues it if the concurrency limit is reached.
    ///
    /// # Errors
    ///
    /// Those of calls that cannot be sent, and [`Error::SignatureMismatch`].
    fn begin(
        &self,
        draft: &mut Draft<'_>,
        waker: &Waker,
        now: Instant,
        end: Instant,
    ) -> Result<Begun<'_>, Error> {
        self.update(|state, _| {
            if let Some(method) = draft.unannounced()
                && !state.compatibility.has(method)
            {
                state.compatibility.check(method)?;
                return Ok(Begun::Unannounced(method));
            }
            if state.concurrency.has_permit(state.machine.in_flight()) {
                let begun = self.begin_now(state, draft, waker, now, end);
                return begun.map(Begun::InFlight);
            }
            if draft.is_no_wait() {
                // A queued call may have been dropped after it was granted a permit.
                if let Ok(permit) = self.queue.try_acquire() {
                    permit.forget();
                    state.concurrency.release();
                    let begun = self.begin_now(state, draft, waker, now, end);
                    return begun.map(Begun::InFlight);
                }
                return Err(too_many_in_flight(state.concurrency.max()));
            }
            state.concurrency.enqueue();
            Ok(Begun::Queued(QueuedCall::new(self)))
        })
    }

    /// Begins a queued call once it has a permit.
    async fn begin_later(
        &self,
        draft: &mut Draft<'_>,
        mut queued: QueuedCall<'_>,
        end: Instant,
    ) -> Result<CallGuard<'_>, Error> {
        if queued.permit(end).await.is_err() {
            return Err(draft.expired());
        }
        let now = now();
        let begun = poll_fn(|cx| {
            let waker = cx.waker();
            Poll::Ready(self.update(|state, _| self.begin_now(state, draft, waker, now, end)))
        });
        begun.await
    }

    fn begin_now(
        &self,
        state: &mut ClientState,
        draft: &mut Draft<'_>,
        waker: &Waker,
        now: Instant,
        end: Instant,
    ) -> Result<CallGuard<'_>, Error> {
        let is_alone = state.machine.in_flight() == 0 && !state.machine.has_output();
        // A one-way call is often complete before it waits, and then wakes no task.
        let is_oneway = draft.completion == Completion::Sent;
        state.lending.begin_call(is_alone);
        let mut reader = None;
        if is_alone && !is_oneway {
            reader = state.borrow_reader(self);
        } else if state.lending.recall() {
            self.wake.notify_one();
        }
        // A call that polls for its reply wakes no task either.
        let has_waker = !is_oneway && reader.is_none();
        let waker = if has_waker { waker } else { Waker::noop() };
        let slot = state.slots.take(waker.clone());
        let meta = draft.meta(now);
        let (handler, data) = draft.request();
        let called = state
            .machine
            .call(now, Some(end), handler, data, meta.as_ref(), slot);
        let id = match called {
            Ok(id) => id,
            Err(refused) => {
                state.slots.release(slot);
                if let Some(reader) = reader {
                    reader.give_back(state);
                }
                return Err(refused.into_error(|| draft.expired()));
            }
        };
        if is_oneway {
            state.machine.complete_when_sent(id, draft.announced());
        }
        if state.lazy_timer.is_after(end) {
            self.wake.notify_one();
        }
        let sending = self.sending(state, is_alone);
        if sending == Sending::Now {
            self.flush(state);
        }
        if let Some(unused) = reader.take_if(|_| state.machine.has_output()) {
            unused.give_back(state);
        }
        Ok(CallGuard {
            connection: self,
            id,
            slot: Some(slot),
            flushes: sending == Sending::Scheduled,
            announces: draft.announced(),
            reader,
            has_waker,
        })
    }

    /// Decides when a request is sent that was just written.
    fn sending(&self, state: &mut ClientState, is_alone: bool) -> Sending {
        match state.flush {
            FlushState::Idle if is_alone => Sending::Now,
            FlushState::Idle | FlushState::Scheduled { .. } if state.machine.has_batch() => {
                Sending::Now
            }
            FlushState::Idle => {
                state.flush = FlushState::Scheduled { checked: false };
                Sending::Scheduled
            }
            // The call that scheduled the flush may never be polled again: the driver checks on it.
            FlushState::Scheduled { checked: false } => {
                state.flush = FlushState::Scheduled { checked: true };
                self.wake.notify_one();
                Sending::WithOthers
            }
            _ => Sending::WithOthers,
        }
    }
}

/// The time at which a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    Now,
    /// After other tasks have run. The call itself flushes then.
    Scheduled,
    /// With the flush of another call, or of the driver.
    WithOthers,
}

impl CallGuard<'_> {
    /// Polls for the reply, if the call has the reader. Returns whether other tasks have to run before the next poll.
    fn poll_for_reply(&mut self) -> bool {
        let Some(mut borrowed) = self.reader.take() else {
            return false;
        };
        let (connection, slot) = (self.connection, self.slot);
        let has_ended = || slot.is_some_and(|slot| connection.lock().slots.has_ended(slot));
        let polled = borrowed
            .reader()
            .map(|reader| poll_for_reply(connection, reader, has_ended));
        match polled {
            Some(PollResult::Hit { yields }) => {
                borrowed.keep_lent();
                yields
            }
            Some(PollResult::Miss) | None => false,
        }
    }

    fn flush(&mut self) {
        self.flushes = false;
        self.connection.update(|state, _| {
            if state.flush.is_scheduled() {
                self.connection.flush(state);
            }
        });
    }

    /// Sends the request at once. If that is not possible, takes it back.
    ///
    /// # Errors
    ///
    /// [`Error::Overloaded`] if the server's queue is full and nothing of the request was sent.
    fn send_at_once(&mut self) -> Result<(), Error> {
        self.flushes = false;
        let (id, connection) = (self.id, self.connection);
        let is_refused = connection.update(|state, _| {
            connection.flush(state);
            // The call of a server that is lost ends as disconnected, like all others.
            let is_open = state.machine.may_send();
            let outbox = state.machine.outbox();
            is_open && outbox.unsent_ids().any(|unsent| unsent == id)
        });
        if is_refused {
            // Dropping the call takes the request back.
            return Err(receive_queue_full());
        }
        Ok(())
    }

    fn poll(&mut self, waker: &Waker) -> Poll<Outcome> {
        let Some(slot) = self.slot else {
            return Poll::Pending;
        };
        let mut stale = None;
        let outcome = self.connection.lock().slots.poll(slot, waker, &mut stale);
        if outcome.is_ready() {
            self.slot = None;
        }
        outcome
    }
}

impl Drop for CallGuard<'_> {
    fn drop(&mut self) {
        let flushes = mem::take(&mut self.flushes);
        let Some(slot) = self.slot.take() else {
            if flushes {
                self.connection.wake.notify_one();
            }
            return;
        };
        let (wakes, _stale) = self.connection.update(|state, _| {
            let stale = state.slots.release(slot);
            let notifies = state.machine.cancel(now(), self.id) && state.machine.has_output();
            let is_unscheduled = matches!(
                state.flush,
                FlushState::Idle | FlushState::Scheduled { checked: false }
            );
            if notifies && is_unscheduled {
                state.flush = FlushState::Scheduled { checked: true };
            }
            (flushes || notifies && is_unscheduled, stale)
        });
        if wakes {
            self.connection.wake.notify_one();
        }
    }
}
