//! The connection of a blocking client, which its threads share.

use std::hint;
use std::mem;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::connection_state::{BlockingState, Waiting};
use super::now;
use super::replies::{DialledServer, Replies};
use crate::call::{
    CallFailure, CancelRegistration, Canceller, Draft, Method, disconnected, receive_queue_full,
    too_many_in_flight,
};
use crate::dial::{DialConfig, ExpectedServer};
use crate::driver::{FlushState, Flushed, Next, drop_payloads, receive_polled, send};
use crate::peer::Credentials;
use crate::proto::Outcome;
use crate::transport::{
    BlockingReceiver, PollSet, Process, Sender, SocketPair, TryReceive, WakeEvent, socket_sender,
};
use crate::{Error, Peer};

/// A connection and its sockets. Dropping it ends the connection.
///
/// Each thread encodes and sends its own requests, under the lock. One waiting thread, the reader, receives
/// for all of them: it takes the receiver out of the state, and sleeps in `poll(2)` without the lock. The
/// others are parked until the reader wakes them. When the reader's own call ends, it puts the receiver back
/// and wakes a waiting thread, which becomes the reader.
#[derive(Debug)]
pub(super) struct Connection {
    sender: Sender,
    /// Wakes the reader.
    wake: WakeEvent,
    state: Mutex<BlockingState>,
}

/// The reason why a call stops waiting without an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WaitEnd {
    Expired,
    Cancelled,
}

/// A waker that wakes the thread of a cancelled call.
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
        config: &DialConfig,
    ) -> Result<Self, Error> {
        Ok(Self {
            sender,
            wake: WakeEvent::new()?,
            state: Mutex::new(BlockingState::new(
                Replies::new(
                    config,
                    DialledServer::Known(Peer::new(server, process.group_reader()), process),
                ),
                receiver,
                config.busy_poll,
            )),
        })
    }

    /// Returns a connection over a socket pair to a server that is not known yet.
    pub(super) fn expecting(
        pair: &SocketPair,
        expected: ExpectedServer,
        config: &DialConfig,
    ) -> Result<Self, Error> {
        Ok(Self {
            sender: socket_sender(pair.sender()),
            wake: WakeEvent::new()?,
            state: Mutex::new(BlockingState::new(
                Replies::new(config, DialledServer::Expected(expected)),
                pair.polled_receiver(),
                config.busy_poll,
            )),
        })
    }

    /// Returns whether this process has dialled the connection, rather than inherited it by a fork.
    pub(super) fn is_own(&self) -> bool {
        self.sender.is_own()
    }

    /// Takes the reason why the connection has failed before the server has greeted, if no call has ended with it.
    pub(super) fn take_refusal(&self) -> Option<Error> {
        self.lock().replies.take_untold_refusal()
    }

    /// Returns the server's process, if it is known yet.
    pub(super) fn server(&self) -> Option<Peer> {
        let state = self.lock();
        state.replies.server.as_ref().map(|(peer, _)| peer.clone())
    }

    /// Says hello to a server that has not greeted yet, and waits for its greeting until this time. Returns whether the
    /// hello was sent.
    pub(super) fn say_hello(&self, until: Instant, is_vouched_for: bool) -> bool {
        let mut state = self.lock();
        let machine = &mut state.replies.machine;
        machine.await_greeting(now(), until, is_vouched_for);
        self.flush(&mut state);
        let is_sent = state.replies.machine.outbox().last_sent().is_some();
        Self::unlock(state);
        is_sent
    }

    /// Waits until the server has greeted, and returns it.
    ///
    /// # Errors
    ///
    /// The reason why the connection has ended instead, [`Error::Cancelled`].
    pub(super) fn ready(self: &Arc<Self>, draft: &Draft<'_>, end: Instant) -> Result<Peer, Error> {
        let waiting = Waiting { draft, end };
        let _registration = self.register(draft);
        let mut state = self.lock();
        state.last += 1;
        let number = state.last;
        state.waiters.add(number, false);
        let (mut state, waited) = self.wait(state, &waiting, number, |state| {
            let replies = &state.replies;
            (replies.machine.is_closed() || replies.machine.is_greeted()).then_some(())
        });
        state.waiters.remove(number);
        let Replies {
            machine,
            server,
            refusal,
            ..
        } = &state.replies;
        let greeted = match (server, refusal) {
            (Some((server, _)), None) if !machine.is_closed() => Ok(server.clone()),
            (_, refusal) => Err(refusal.clone().unwrap_or_else(disconnected)),
        };
        Self::leave(state);
        waited.map_err(|ended| ended.error(draft))?;
        greeted
    }

    /// Sends the first datagram, a keep-alive. By it the server identifies the client's process, and learns
    /// that the file of its own socket can be removed.
    pub(super) fn greet(&self) {
        let mut state = self.lock();
        state.keep_time(now());
        self.flush(&mut state);
        Self::unlock(state);
    }

    /// Returns whether a call can begin on this connection: the server has not closed it, and has received
    /// something recently enough not to have dropped it as idle.
    pub(super) fn is_usable(&self) -> bool {
        let mut state = self.lock();
        // If there is a reader, it notices the connection's end itself, and sends keep-alives.
        let has_reader = state.receiver.is_none();
        if let Some(mut receiver) = state.receiver.take() {
            state.drain(&mut receiver);
            state.receiver = Some(receiver);
        }
        let last_sent = state.replies.machine.outbox().last_sent();
        let is_fresh = last_sent.is_some_and(|sent| now().duration_since(sent) < STALE);
        let is_usable = (is_fresh || has_reader) && state.replies.machine.is_usable();
        Self::unlock(state);
        is_usable
    }

    /// Returns whether the server is known to agree on a method.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureMismatch`] if the server is known to have another signature for it.
    pub(super) fn knows(&self, method: &'static Method) -> Result<bool, Error> {
        let state = self.lock();
        state.compatibility.check(method)?;
        Ok(state.compatibility.has(method))
    }

    /// Makes a call, and waits for it until `end`. When it ends, another waiting thread becomes the reader.
    pub(super) fn call(
        self: &Arc<Self>,
        draft: &Draft<'_>,
        end: Instant,
    ) -> Result<Bytes, CallFailure> {
        let waiting = Waiting { draft, end };
        // Register before `wait` reads the canceller's flag. In the other order, a `cancel` between the two
        // steps would wake no thread.
        let _registration = self.register(draft);
        let (mut state, called) = self.call_locked(&waiting);
        let called = called.map_err(|failure| state.replies.explain(failure));
        Self::leave(state);
        called
    }

    /// Has this thread woken when the call is cancelled.
    fn register(self: &Arc<Self>, draft: &Draft<'_>) -> Option<CancelRegistration> {
        draft.canceller().map(|canceller| {
            let waker = CallWaker {
                thread: thread::current(),
                connection: Arc::clone(self),
            };
            canceller.register(&Waker::from(Arc::new(waker)))
        })
    }

    /// Releases the lock at the end of a call.
    fn leave(state: MutexGuard<'_, BlockingState>) {
        // The receiver is free: wake a thread that becomes the reader.
        if state.receiver.is_some() {
            state.waiters.wake_reader();
        }
        state.wake_queued();
        Self::unlock(state);
    }

    /// Makes a call under the lock, and returns it with the result.
    fn call_locked(
        &self,
        waiting: &Waiting<'_, '_>,
    ) -> (MutexGuard<'_, BlockingState>, Result<Bytes, CallFailure>) {
        let draft = waiting.draft;
        let mut state = self.lock();
        if draft.canceller().is_some_and(Canceller::is_cancelled) {
            return (state, Err(CallFailure::unsent(Error::Cancelled)));
        }
        state.last += 1;
        let number = state.last;
        if !state.replies.has_permit() {
            if draft.is_no_wait() {
                let refused = too_many_in_flight(state.replies.in_flight_limit);
                return (state, Err(CallFailure::unsent(refused)));
            }
            state.waiters.add(number, true);
            let waited;
            (state, waited) = self.wait(state, waiting, number, |state| {
                (state.replies.has_permit() || state.replies.machine.is_closed()).then_some(())
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
        // Before anything is sent: the outcome of a one-way call is discarded unless a thread waits for it.
        state.waiters.add(number, false);
        self.flush(&mut state);
        let is_unsent = |state: &mut BlockingState| {
            let mut unsent = state.replies.machine.outbox().unsent_ids();
            unsent.any(|unsent| unsent == id)
        };
        if draft.is_no_wait() && is_unsent(&mut state) && state.replies.machine.may_send() {
            self.cancel(&mut state, id);
            state.waiters.remove(number);
            return (state, Err(CallFailure::unsent(receive_queue_full())));
        }
        let (mut state, waited) =
            self.wait(state, waiting, number, |state| state.take_outcome(number));
        state.waiters.remove(number);
        let result = match waited {
            Ok(outcome) => state.conclude(draft, outcome),
            Err(ended) => {
                self.cancel(&mut state, id);
                Err(CallFailure::in_flight(ended.error(draft)))
            }
        };
        (state, result)
    }

    /// Waits until `check` returns a value, for the call with this number. Becomes the reader if there is none.
    fn wait<'a, R>(
        &'a self,
        mut state: MutexGuard<'a, BlockingState>,
        waiting: &Waiting<'_, '_>,
        number: u64,
        mut check: impl FnMut(&mut BlockingState) -> Option<R>,
    ) -> (MutexGuard<'a, BlockingState>, Result<R, WaitEnd>) {
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
                self.flush(&mut state);
                let found = check(&mut state).ok_or(WaitEnd::Expired);
                return (state, found);
            }
            if !state.replies.machine.outbox().released().is_empty() {
                // Afterwards everything is checked again: a destructor may make calls, whose parking consumes
                // the wake-up of this one.
                state = self.release_payloads(state, number);
                continue;
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

    /// Drops payloads that are no longer needed, without the lock and without the receiver: their destructors may
    /// make calls, or wait for those of other threads.
    fn release_payloads<'a>(
        &'a self,
        mut state: MutexGuard<'a, BlockingState>,
        number: u64,
    ) -> MutexGuard<'a, BlockingState> {
        let mut released = mem::take(state.replies.machine.outbox().released());
        state.waiters.set_away(number, true);
        if state.receiver.is_some() {
            state.waiters.wake_reader();
        }
        state.wake_queued();
        drop(state);
        drop_payloads(&mut released);
        let mut state = self.lock();
        state.waiters.set_away(number, false);
        state
    }

    /// Polls for the reply of a call that is alone, for a moment, as long as that pays off. Returns whether a datagram has
    /// come, or the connection has ended.
    fn poll<'a>(
        &'a self,
        mut state: MutexGuard<'a, BlockingState>,
        receiver: &mut BlockingReceiver,
    ) -> (MutexGuard<'a, BlockingState>, bool) {
        let is_alone = state.replies.machine.in_flight() == 1
            && !state.replies.machine.has_output()
            && state.receives_at.is_none()
            // Otherwise another thread is about to take its outcome, for which it needs the lock.
            && state.replies.done.is_empty();
        if !is_alone || !receiver.has_descriptor_room() {
            return (state, false);
        }
        let Some(time) = state.busy_poll.begin() else {
            return (state, false);
        };
        let begun = Instant::now();
        loop {
            match receive_polled(receiver, &mut state.replies) {
                Next::Wait if state.replies.done.is_empty() => {}
                next => {
                    if next == Next::End {
                        state.replies.end(None);
                    }
                    state.busy_poll.hit(begun.elapsed());
                    return (state, true);
                }
            }
            // Other threads may begin calls meanwhile.
            drop(state);
            hint::spin_loop();
            let is_over = time <= begun.elapsed();
            state = self.lock();
            if is_over {
                state.busy_poll.miss();
                return (state, false);
            }
        }
    }

    /// Waits for an event without the lock, as the reader, and handles it under the lock.
    fn read<'a>(
        &'a self,
        mut state: MutexGuard<'a, BlockingState>,
        mut receiver: BlockingReceiver,
        end: Instant,
    ) -> MutexGuard<'a, BlockingState> {
        if state.replies.machine.is_lost() {
            state.drain(&mut receiver);
            state.replies.end(None);
        }
        if state.replies.machine.is_closed() {
            state.receiver = Some(receiver);
            state.wake_answered();
            return state;
        }
        let polled;
        (state, polled) = self.poll(state, &mut receiver);
        if polled {
            state.receiver = Some(receiver);
            state.wake_answered();
            return state;
        }
        let next = state.replies.machine.next_time().min(end);
        let receives_at = state.receives_at.take().filter(|at| now() < *at);
        let times = [state.flush.paused_until(), receives_at];
        let until = times.into_iter().flatten().fold(next, Instant::min);
        let polls_writable = state.flush == FlushState::Blocked;
        state.reader_polls_writable = polls_writable;
        let server = state.replies.server.as_ref();
        let pidfd = server.and_then(|(_, process)| process.as_ref()?.pidfd());
        // Not `unlock`: the user's code must not run while this thread has the receiver.
        drop(state);
        let poll_set = PollSet {
            arrivals: receives_at.is_none().then(|| receiver.socket()),
            writable: self.sender.socket().filter(|_| polls_writable),
            end: pidfd.as_deref().map(AsFd::as_fd),
            wake: Some(&self.wake),
        };
        let polled = poll_set.wait(now(), until);
        let mut state = self.lock();
        match polled {
            Ok(polled) => {
                if polled.arrivals {
                    state.receive(&mut receiver);
                }
                if polled.writable {
                    state.flush = FlushState::Idle;
                }
                if polled.end {
                    state.drain(&mut receiver);
                    state.replies.end(None);
                }
            }
            Err(error) => {
                state.replies.problem = Some(format!("cannot poll the connection: {error}"));
                state.replies.end(None);
            }
        }
        state.keep_time(now());
        state.receiver = Some(receiver);
        state.wake_answered();
        state
    }

    /// Cancels a call. Withdraws its request if no part was sent; otherwise notifies a Rust server.
    fn cancel(&self, state: &mut BlockingState, id: u64) {
        if state.replies.machine.cancel(now(), id) {
            self.flush(state);
        }
    }

    /// Sends queued datagrams. Wakes the reader if it has to poll until the server's queue has room, or to end the
    /// connection.
    fn flush(&self, state: &mut BlockingState) {
        if !state.replies.machine.may_send() {
            return;
        }
        let outbox = state.replies.machine.outbox();
        let mut problem = None;
        let sent = send(&self.sender, outbox, &mut state.flush, now, |_, what| {
            problem = Some(what.to_string());
        });
        if problem.is_some() {
            state.replies.problem = problem;
        }
        if state.replies.machine.has_sent() {
            let Replies { machine, done, .. } = &mut state.replies;
            machine.complete_sent(|number| done.push((number, Outcome::Sent)));
            // Other threads may have written what this one has sent.
            state.wake_answered();
        }
        if sent == Flushed::Broken {
            state.replies.machine.lose();
        }
        let is_news =
            sent == Flushed::Broken || sent == Flushed::Waiting && !state.reader_polls_writable;
        if is_news && state.receiver.is_none() {
            self.wake.wake();
        }
    }

    /// Releases the lock, and then runs what may be user code, which may make calls itself: drops payloads that
    /// are no longer needed, and logs why the server was lost.
    ///
    /// The caller neither has the receiver nor waits for a call: a subscriber of the log may panic.
    fn unlock(mut state: MutexGuard<'_, BlockingState>) {
        let mut released = mem::take(state.replies.machine.outbox().released());
        let problem = state.replies.problem.take();
        drop(state);
        drop_payloads(&mut released);
        if let Some(problem) = problem {
            tracing::warn!("the server is lost: {problem}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, BlockingState> {
        // No code that holds the lock can leave the state half changed, so poisoning is ignored.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    /// Sends the goodbye to a Rust server, unless the server's queue is full: dropping must not block.
    /// Without it, the server drops the connection when it is idle, or when the process ends.
    fn drop(&mut self) {
        if !self.is_own() {
            // A forked child must not end the connection of its parent.
            return;
        }
        let mut state = self.lock();
        let Replies { machine, done, .. } = &mut state.replies;
        machine.close(now(), done);
        self.flush(&mut state);
        let outbox = state.replies.machine.outbox();
        outbox.clear();
        let mut released = mem::take(outbox.released());
        let late = state.take_late_replies();
        drop(state);
        drop_payloads(&mut released);
        self.sender.shut_down();
        if let Some(late) = late {
            late.receive_on_thread();
        }
    }
}

impl WaitEnd {
    /// Returns the error of a call that stopped waiting for this reason.
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
        // The thread is the reader, which sleeps in `poll(2)`, or it is parked: wake both ways.
        self.connection.wake.wake();
        self.thread.unpark();
    }
}

/// The idle time after which a connection is not used again. A server drops a client that is silent for 30 s,
/// and no thread sends keep-alives between calls; 5 s are left for the call to arrive.
const STALE: Duration = Duration::from_secs(25);
