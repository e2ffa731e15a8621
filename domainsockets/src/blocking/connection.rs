//! A connection that the threads of a client share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::now;
use super::replies::Replies;
use super::waiters::Waiters;
use crate::call::{CallFailure, Canceller, Compatibility, Completion, Draft, Method};
use crate::driver::{FlushState, Flushed, Next, receive, send};
use crate::limits::bounded;
use crate::peer::Credentials;
use crate::proto::{ClientConfig, Outcome};
use crate::transport::{BlockingReceiver, PollSet, Process, Sender, WakeEvent};
use crate::{Error, Peer};

/// A connection, and its sockets. It ends when it is dropped.
///
/// Each thread writes and sends its own requests. The first thread that waits reads for all, without the
/// lock while it sleeps; the others sleep until it wakes them.
#[derive(Debug)]
pub(super) struct Connection {
    server: Peer,
    sender: Sender,
    process: Process,
    /// Wakes the thread that reads.
    wake: WakeEvent,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    replies: Replies,
    /// None while a thread reads.
    receiver: Option<BlockingReceiver>,
    flush: FlushState,
    /// Whether nothing reaches the server any more. What it has sent is still to be read.
    is_broken: bool,
    /// Whether the thread that reads waits for room in the server's queue as well.
    reader_awaits_room: bool,
    waiters: Waiters,
    /// Which methods the server is known to have, by the numbers of calls.
    compatibility: Compatibility<u64>,
    /// The number of the last call.
    last: u64,
}

/// What ends the waiting of a call.
struct Waiting<'d, 'a> {
    draft: &'d Draft<'a>,
    end: Instant,
}

/// Why a call waits no more, though it has no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WaitEnd {
    Expired,
    Cancelled,
}

/// Wakes the thread of a call that is cancelled.
struct CallWaker {
    thread: Thread,
    connection: Arc<Connection>,
}

impl Connection {
    pub(super) fn new(
        server: Credentials,
        process: Process,
        sender: Sender,
        receiver: BlockingReceiver,
        config: ClientConfig,
    ) -> Result<Self, Error> {
        Ok(Self {
            server: Peer::new(server, process.group_reader()),
            sender,
            process,
            wake: WakeEvent::new()?,
            state: Mutex::new(State {
                replies: Replies::new(config),
                receiver: Some(receiver),
                flush: FlushState::Idle,
                is_broken: false,
                reader_awaits_room: false,
                waiters: Waiters::default(),
                compatibility: Compatibility::default(),
                last: 0,
            }),
        })
    }

    /// Returns the server's process.
    pub(super) fn server(&self) -> Peer {
        self.server.clone()
    }

    /// Sends the server a first datagram.
    pub(super) fn greet(&self) {
        let mut state = self.lock();
        state.keep_time(now());
        self.flush(&mut state);
    }

    /// Returns whether a call can be made: the server has not said goodbye, and has heard from this side
    /// recently enough not to have dropped the connection.
    pub(super) fn is_usable(&self) -> bool {
        let mut state = self.lock();
        // A thread that reads keeps the connection alive, and finds its end.
        if let Some(mut receiver) = state.receiver.take() {
            state.drain(&mut receiver);
            state.receiver = Some(receiver);
        }
        let in_flight = state.replies.machine.in_flight();
        let last_sent = state.replies.machine.outbox().last_sent();
        let is_fresh = last_sent.is_some_and(|sent| now().duration_since(sent) < STALE);
        (is_fresh || in_flight > 0)
            && !state.is_broken
            && !state.replies.is_over
            && !state.replies.machine.is_draining()
    }

    /// Returns whether the server is known to have a method.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureMismatch`] if the server is known to have another method of this name.
    pub(super) fn knows(&self, method: &'static Method) -> Result<bool, Error> {
        let state = self.lock();
        state.compatibility.check(method)?;
        Ok(state.compatibility.has(method))
    }

    /// Makes a call.
    pub(super) fn call(self: &Arc<Self>, draft: &Draft<'_>) -> Result<Bytes, CallFailure> {
        let waiting = Waiting {
            draft,
            end: draft
                .end()
                .unwrap_or_else(|| now() + bounded(Duration::MAX)),
        };
        // Registered before the canceller is looked at, so that no cancelling is missed.
        let _registration = draft.canceller().map(|canceller| {
            let waker = CallWaker {
                thread: thread::current(),
                connection: Arc::clone(self),
            };
            canceller.register(&Waker::from(Arc::new(waker)))
        });
        let (state, called) = self.call_locked(&waiting);
        // The next thread that waits reads for all.
        if state.receiver.is_some() {
            state.waiters.wake_reader();
        }
        state.wake_queued();
        drop(state);
        called
    }

    fn call_locked(
        &self,
        waiting: &Waiting<'_, '_>,
    ) -> (MutexGuard<'_, State>, Result<Bytes, CallFailure>) {
        let draft = waiting.draft;
        let mut state = self.lock();
        state.last += 1;
        let number = state.last;
        if !state.replies.has_room() {
            if draft.is_no_wait() {
                let what = state.replies.limit_text();
                return (state, Err(CallFailure::unsent(Error::Overloaded { what })));
            }
            state.waiters.add(number, true);
            let waited;
            (state, waited) = self.wait(state, waiting, |state| {
                (state.replies.has_room() || state.replies.is_over).then_some(())
            });
            state.waiters.remove(number);
            if let Err(ended) = waited {
                return (state, Err(CallFailure::unsent(ended.error(draft))));
            }
        }
        let id = match state.begin(waiting, number) {
            Ok(id) => id,
            Err(error) => return (state, Err(CallFailure::unsent(error))),
        };
        self.flush(&mut state);
        let is_unsent = |state: &mut State| {
            let mut unsent = state.replies.machine.outbox().unsent_ids();
            unsent.any(|unsent| unsent == id)
        };
        if draft.is_no_wait() && is_unsent(&mut state) && !state.is_broken {
            self.cancel(&mut state, id);
            let what = "the server's receive queue is full".to_owned();
            return (state, Err(CallFailure::unsent(Error::Overloaded { what })));
        }
        state.waiters.add(number, false);
        let (mut state, waited) = self.wait(state, waiting, |state| {
            if let Some(outcome) = state.take_outcome(number) {
                return Some(Some(outcome));
            }
            let is_sent =
                draft.completion == Completion::Sent && state.replies.machine.outbox().has_left(id);
            is_sent.then_some(None)
        });
        state.waiters.remove(number);
        let result = match waited {
            Ok(Some(outcome)) => state.conclude(draft, outcome),
            Ok(None) => {
                if let Some(method) = draft.announced() {
                    state.compatibility.leave(number, method);
                }
                Ok(Bytes::new())
            }
            Err(ended) => {
                self.cancel(&mut state, id);
                Err(CallFailure::in_flight(ended.error(draft)))
            }
        };
        (state, result)
    }

    /// Waits until `check` finds what it looks for, and reads for all threads if no other one does.
    fn wait<'a, R>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        waiting: &Waiting<'_, '_>,
        mut check: impl FnMut(&mut State) -> Option<R>,
    ) -> (MutexGuard<'a, State>, Result<R, WaitEnd>) {
        loop {
            if state.flush.is_due(now(), true) {
                self.flush(&mut state);
            }
            if let Some(found) = check(&mut state) {
                return (state, Ok(found));
            }
            let canceller = waiting.draft.canceller();
            if canceller.is_some_and(Canceller::is_cancelled) {
                return (state, Err(WaitEnd::Cancelled));
            }
            let now = now();
            if waiting.end <= now {
                state.keep_time(now);
                let found = check(&mut state).ok_or(WaitEnd::Expired);
                return (state, found);
            }
            if let Some(receiver) = state.receiver.take() {
                state = self.read(state, receiver, waiting.end);
            } else {
                drop(state);
                thread::park_timeout(waiting.end.saturating_duration_since(now));
                state = self.lock();
            }
        }
    }

    /// Waits for something to do, without the lock, and does it.
    fn read<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        mut receiver: BlockingReceiver,
        end: Instant,
    ) -> MutexGuard<'a, State> {
        if state.is_broken {
            state.drain(&mut receiver);
            state.replies.end(None);
        }
        if state.replies.is_over {
            state.receiver = Some(receiver);
            state.wake_answered();
            return state;
        }
        let next = state.replies.machine.next_time().min(end);
        let until = state.flush.paused_until().map_or(next, |at| at.min(next));
        let awaits_room = state.flush == FlushState::Blocked;
        state.reader_awaits_room = awaits_room;
        drop(state);
        let pidfd = self.process.pidfd();
        let poll_set = PollSet {
            arrivals: Some(receiver.socket()),
            room: self.sender.socket().filter(|_| awaits_room),
            end: pidfd.as_deref(),
            wake: Some(&self.wake),
        };
        let polled = poll_set.wait(now(), until);
        let mut state = self.lock();
        match polled {
            Ok(polled) => {
                if polled.arrivals {
                    state.receive(&mut receiver);
                }
                if polled.room {
                    state.flush = FlushState::Idle;
                }
                if polled.end {
                    state.drain(&mut receiver);
                    state.replies.end(None);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot wait for the server");
                state.replies.end(None);
            }
        }
        state.keep_time(now());
        state.receiver = Some(receiver);
        state.wake_answered();
        state
    }

    fn cancel(&self, state: &mut State, id: u64) {
        if state.replies.machine.cancel(now(), id) {
            self.flush(state);
        }
    }

    /// Sends what is to be sent. Wakes the thread that reads if it has to go on with that.
    fn flush(&self, state: &mut State) {
        if state.is_broken || state.replies.is_over {
            return;
        }
        let outbox = state.replies.machine.outbox();
        let sent = send(&self.sender, outbox, &mut state.flush, now, |kind, what| {
            tracing::warn!(kind, "the server is lost: {what}");
        });
        state.replies.machine.outbox().released().clear();
        state.is_broken |= sent == Flushed::Broken;
        let is_news =
            sent == Flushed::Broken || sent == Flushed::Waiting && !state.reader_awaits_room;
        if is_news && state.receiver.is_none() {
            self.wake.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    /// Says goodbye, as far as there is room for that.
    fn drop(&mut self) {
        let mut state = self.lock();
        if !state.replies.is_over {
            state.replies.machine.say_bye(now());
            self.flush(&mut state);
        }
    }
}

impl State {
    /// Writes the request of a call, and returns its ID.
    fn begin(&mut self, waiting: &Waiting<'_, '_>, number: u64) -> Result<u64, Error> {
        if self.replies.is_over {
            return Err(Error::Disconnected {
                may_have_run: false,
            });
        }
        let draft = waiting.draft;
        let begun = now();
        let meta = draft.meta(begun);
        // The draft keeps its data: the call may be made again on another connection.
        let mut data = draft.data.clone();
        let end = Some(waiting.end);
        self.replies
            .machine
            .call(
                begun,
                end,
                draft.handler(),
                &mut data,
                meta.as_ref(),
                number,
            )
            .map_err(|refused| refused.into_error(|| draft.expired()))
    }

    /// Turns the outcome of a call into its result.
    fn conclude(&mut self, draft: &Draft<'_>, outcome: Outcome) -> Result<Bytes, CallFailure> {
        if let Some(method) = draft.announced() {
            self.compatibility.learn(method, &outcome);
            self.compatibility
                .check(method)
                .map_err(CallFailure::in_flight)?;
        }
        if draft.completion == Completion::Sent && matches!(outcome, Outcome::Reply { .. }) {
            return Ok(Bytes::new());
        }
        draft.result(outcome).map_err(CallFailure::in_flight)
    }

    fn take_outcome(&mut self, number: u64) -> Option<Outcome> {
        let done = &mut self.replies.done;
        let index = done.iter().position(|(ended, _)| *ended == number)?;
        Some(done.swap_remove(index).1)
    }

    /// Wakes the threads whose calls have ended, and learns from the outcomes that no thread waits for.
    fn wake_answered(&mut self) {
        let Self {
            replies,
            waiters,
            compatibility,
            ..
        } = self;
        replies.done.retain(|(number, outcome)| {
            let is_awaited = waiters.has(*number);
            if is_awaited {
                waiters.wake(*number);
            } else {
                compatibility.end(number, outcome);
            }
            is_awaited
        });
        self.wake_queued();
    }

    /// Wakes threads whose calls may begin now.
    fn wake_queued(&self) {
        if self.waiters.has_queued() {
            self.waiters.wake_queued(self.replies.room());
        }
    }

    fn keep_time(&mut self, now: Instant) {
        let Replies { machine, done, .. } = &mut self.replies;
        machine.on_time(now, done);
    }

    /// Reads the datagrams that have arrived, but no more than a number of them: there are deadlines.
    fn receive(&mut self, receiver: &mut BlockingReceiver) -> Next {
        let next = receive(receiver, DATAGRAMS_PER_TURN, &mut self.replies);
        if next == Next::End {
            self.replies.end(None);
        }
        next
    }

    /// Reads what has arrived. What an earlier call has left behind may stand in front of a goodbye.
    fn drain(&mut self, receiver: &mut BlockingReceiver) {
        self.wake_answered();
        for _ in 0..TURNS {
            if self.receive(receiver) != Next::Yield {
                break;
            }
        }
        self.wake_answered();
    }
}

impl WaitEnd {
    fn error(self, draft: &Draft<'_>) -> Error {
        match self {
            Self::Expired => draft.expired(),
            Self::Cancelled => Error::Cancelled,
        }
    }
}

impl Wake for CallWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // The thread reads, or sleeps until the one that does wakes it.
        self.connection.wake.wake();
        self.thread.unpark();
    }
}

/// A server drops a client that is silent for 30 s, and no thread sends keep-alives between calls.
const STALE: Duration = Duration::from_secs(25);

/// The number of datagrams that are read before the time is looked at.
const DATAGRAMS_PER_TURN: usize = 64;

/// The number of turns that are taken where nothing else is waited for.
const TURNS: usize = 16;
