//! One call, from its request to its outcome.

use std::future::poll_fn;
use std::mem;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::yield_now;

use super::concurrency_limit::QueuedCall;
use super::connection::{Connection, Phase, State};
use super::slots::SlotKey;
use crate::call::Method;
use crate::call::check_handler;
use crate::driver::{FlushState, now};
use crate::limits::bounded;
use crate::proto::Outcome;
use crate::wire::Payload;
use crate::{CallOptions, Error};

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    Reply,
    /// That its request has left. Nobody learns what comes of it.
    Left,
}

/// A call that has not begun.
#[derive(Clone, Debug)]
pub(super) struct Draft<'a> {
    handler: &'a str,
    data: Payload,
    options: CallOptions,
    until: Until,
    /// The method that it announces: one of which nothing is known yet.
    announces: Option<&'static Method>,
    signature: Option<u64>,
    /// What is to tell it how it ended.
    waker: Waker,
}

/// A call in flight; dropped before its outcome came, it is cancelled.
pub(super) struct InFlight<'a> {
    pub(super) connection: &'a Connection,
    pub(super) id: u64,
    /// Where its outcome will be, until it has been taken.
    pub(super) slot: Option<SlotKey>,
    /// Whether this call has taken it on to send what was written.
    flushes: bool,
    /// The method that it has announced.
    pub(super) announces: Option<&'static Method>,
}

/// How a call has failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Error,
    /// Whether anything of its request has left, so that it may have run.
    pub(super) has_left: bool,
}

/// What came of beginning a call.
enum Begun<'a> {
    InFlight(InFlight<'a>),
    /// There are as many as there may be: it has to wait for its turn.
    Full(QueuedCall<'a>),
    /// It is to announce this method first.
    Unknown(&'static Method),
}

impl<'a> Draft<'a> {
    pub(super) fn new(handler: &'a str, data: Payload, options: CallOptions, until: Until) -> Self {
        Self {
            handler,
            data,
            options,
            until,
            announces: None,
            signature: None,
            waker: Waker::noop().clone(),
        }
    }

    /// Completes what is said of the call, which is made now, and returns when it is to have ended: it
    /// takes no longer than `usually` unless it says so.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`], [`Error::TooMuchMetadata`].
    pub(super) fn settle(&mut self, now: Instant, usually: Duration) -> Result<Instant, Error> {
        check_handler(self.handler)?;
        self.options.settle(Some(usually))?;
        Ok(now + bounded(self.options.deadline.unwrap_or(usually)))
    }

    /// Whether it may be made once more, although it may have run.
    pub(super) fn is_repeatable(&self) -> bool {
        // Nobody waits for what is only sent.
        self.options.idempotent && self.until == Until::Reply
    }
}

impl Connection {
    /// Makes a call, which takes its data out of the draft. If it is only waited until the request has
    /// left, no data come back.
    pub(super) async fn call(
        &self,
        draft: &mut Draft<'_>,
        now: Instant,
        end: Instant,
    ) -> Result<Bytes, Failed> {
        let mut call = loop {
            let beginning = poll_fn(|cx| {
                draft.waker.clone_from(cx.waker());
                Poll::Ready(self.begin(draft, now, end))
            });
            match beginning.await.map_err(Failed::unsent)? {
                Begun::InFlight(call) => break call,
                Begun::Full(waiting) => {
                    // Boxed, so that the future of a call that does not wait is no larger for it.
                    let begun = Box::pin(self.begin_later(draft, waiting, end)).await;
                    break begun.map_err(Failed::unsent)?;
                }
                Begun::Unknown(method) => {
                    // Not under the lock: to find it out types run code of their own.
                    draft.signature = method.signature().hash();
                    draft.announces = Some(method);
                }
            }
        };
        // What its data were copied from is free, but not under the lock: an owner may use the client.
        drop(mem::take(&mut draft.data));
        // Its waker has been left already, for the poll in which it has begun.
        let mut is_fresh = true;
        if call.flushes {
            // Whatever else is ready to run writes its request first; then all leave together.
            yield_now().await;
            call.flush();
            is_fresh = false;
        }
        let outcome = poll_fn(|cx| {
            if draft.until == Until::Left {
                return call.poll_left(cx.waker());
            }
            if mem::take(&mut is_fresh) {
                return Poll::Pending;
            }
            call.poll(cx.waker())
        });
        let outcome = outcome.await;
        if let Some(method) = call.announces {
            self.learn(method, &outcome).map_err(Failed::in_flight)?;
        }
        if draft.until == Until::Left && matches!(outcome, Outcome::Reply { .. }) {
            return Ok(Bytes::new());
        }
        outcome
            .into_result(draft.handler)
            .map_err(Failed::in_flight)
    }

    /// Learns from the outcome of a call that has announced its method, and refuses a method that the
    /// server has otherwise.
    #[cold]
    fn learn(&self, method: &'static Method, outcome: &Outcome) -> Result<(), Error> {
        let mut state = self.lock();
        state.agreed.learn(method, outcome);
        state.agreed.check(method)
    }

    /// Begins a call, unless others are to go first, or the server is known to have another method of this
    /// name.
    fn begin(&self, draft: &mut Draft<'_>, now: Instant, end: Instant) -> Result<Begun<'_>, Error> {
        self.update(|state, _| {
            if let Some(method) = draft.options.compared()
                && draft.announces.is_none()
                && !state.agreed.has(method)
            {
                state.agreed.check(method)?;
                return Ok(Begun::Unknown(method));
            }
            if state.turns.has_room(state.machine.in_flight()) {
                let begun = self.begin_now(state, draft, now, end);
                return begun.map(Begun::InFlight);
            }
            state.turns.join();
            Ok(Begun::Full(QueuedCall::new(self)))
        })
    }

    /// Begins a call when its turn has come.
    async fn begin_later(
        &self,
        draft: &mut Draft<'_>,
        mut waiting: QueuedCall<'_>,
        end: Instant,
    ) -> Result<InFlight<'_>, Error> {
        waiting.turn(end).await?;
        let now = now();
        let begun = poll_fn(|cx| {
            draft.waker.clone_from(cx.waker());
            Poll::Ready(self.update(|state, _| self.begin_now(state, draft, now, end)))
        });
        begun.await
    }

    fn begin_now(
        &self,
        state: &mut State,
        draft: &mut Draft<'_>,
        now: Instant,
        end: Instant,
    ) -> Result<InFlight<'_>, Error> {
        if state.phase != Phase::Open {
            return Err(Error::Disconnected {
                may_have_run: false,
            });
        }
        let Draft {
            handler,
            data,
            options,
            announces,
            signature,
            waker,
            ..
        } = draft;
        let alone = state.machine.in_flight() == 0 && !state.machine.has_output();
        let waker = mem::replace(waker, Waker::noop().clone());
        let slot = state.slots.take(waker);
        let meta = options.meta(now, Some(end), *signature);
        let called = state
            .machine
            .call(now, Some(end), handler, data, meta.as_ref(), slot);
        let id = match called {
            Ok(id) => id,
            Err(refused) => {
                state.slots.release(slot);
                return Err(refused.into());
            }
        };
        if state.alarm.is_after(end) {
            self.wake.notify_one();
        }
        let leaves = self.leaves(state, alone);
        if leaves == Leaves::Now {
            self.flush(state);
        }
        Ok(InFlight {
            connection: self,
            id,
            slot: Some(slot),
            flushes: leaves == Leaves::Later,
            announces: *announces,
        })
    }

    /// When a request leaves that has just been written.
    fn leaves(&self, state: &mut State, alone: bool) -> Leaves {
        match state.flush {
            FlushState::Idle if alone => Leaves::Now,
            FlushState::Idle | FlushState::Scheduled { .. } if state.machine.has_batch() => {
                Leaves::Now
            }
            FlushState::Idle => {
                state.flush = FlushState::Scheduled { checked: false };
                Leaves::Later
            }
            // The call that has promised to send may never be polled again.
            FlushState::Scheduled { checked: false } => {
                state.flush = FlushState::Scheduled { checked: true };
                self.wake.notify_one();
                Leaves::WithOthers
            }
            _ => Leaves::WithOthers,
        }
    }
}

/// When a request leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaves {
    Now,
    /// When others have had their turn; its call sees to it.
    Later,
    /// When somebody else sends.
    WithOthers,
}

impl InFlight<'_> {
    fn flush(&mut self) {
        self.flushes = false;
        self.connection.update(|state, _| {
            if state.flush.is_scheduled() {
                self.connection.flush(state);
            }
        });
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

impl Drop for InFlight<'_> {
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
            state.leaving.remove(&self.id);
            let told = state.machine.cancel(now(), self.id) && state.machine.has_output();
            let unattended = matches!(
                state.flush,
                FlushState::Idle | FlushState::Scheduled { checked: false }
            );
            if told && unattended {
                state.flush = FlushState::Scheduled { checked: true };
            }
            (flushes || told && unattended, stale)
        });
        if wakes {
            self.connection.wake.notify_one();
        }
    }
}

impl Failed {
    const fn unsent(error: Error) -> Self {
        Self {
            error,
            has_left: false,
        }
    }

    /// Of a call that had begun.
    const fn in_flight(error: Error) -> Self {
        let has_left = !matches!(
            error,
            Error::Disconnected {
                may_have_run: false
            }
        );
        Self { error, has_left }
    }
}
