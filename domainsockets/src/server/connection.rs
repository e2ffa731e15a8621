//! A connection as its reader and its handlers share it.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::task::{AbortHandle, yield_now};
use tokio::time::timeout_at;

use super::log_throttle::LogThrottle;
use super::quota::{Charge, FREE, UserQuota};
use super::running::Running;
use crate::driver::{FlushState, Flushed, now, send};
use crate::peer::Credentials;
use crate::proto::{ServerConfig, ServerConnection};
use crate::request::{ConnectionInfo, RequestState};
use crate::transport::Sender;
use crate::wire::{Cause, Payload};

/// The state of a connection and the socket that replies leave on.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) info: Arc<ConnectionInfo>,
    pub(super) peer: Credentials,
    pub(super) sender: Sender,
    /// What the user's connections share.
    pub(super) quota: Arc<UserQuota>,
    /// Where it is logged what the client does wrong.
    pub(super) log: Arc<LogThrottle>,
    /// Whether anything has come from the client.
    spoken: AtomicBool,
    /// Wakes the reader.
    pub(super) wake: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) machine: ServerConnection<Task>,
    pub(super) flush: FlushState,
    /// How many bytes of memory a message takes that is not whole.
    pub(super) inbound: usize,
    charge: Charge,
}

impl Connection {
    pub(super) fn new(
        info: Arc<ConnectionInfo>,
        peer: Credentials,
        sender: Sender,
        quota: Arc<UserQuota>,
        log: Arc<LogThrottle>,
        config: ServerConfig,
    ) -> Self {
        quota.join();
        Self {
            info,
            peer,
            sender,
            quota,
            log,
            spoken: AtomicBool::new(false),
            wake: Notify::new(),
            state: Mutex::new(State {
                machine: ServerConnection::new(config, now()),
                flush: FlushState::Idle,
                inbound: 0,
                charge: Charge::default(),
            }),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the client has said something.
    pub(super) fn speak(&self) {
        self.spoken.store(true, Ordering::Relaxed);
    }

    /// Whether anything has come from the client.
    pub(super) fn has_spoken(&self) -> bool {
        self.spoken.load(Ordering::Relaxed)
    }

    /// Writes the reply to a request, unless the user has no memory left for it.
    pub(super) fn reply(
        &self,
        state: &mut State,
        now: Instant,
        id: u64,
        handler: &str,
        result: Result<Payload<'static>, Cause>,
    ) {
        let kept = state.inbound + state.machine.outbox().weight();
        let size = result.as_ref().map_or_else(Cause::len, Payload::len);
        let result = if size == 0 || kept + size <= FREE || self.quota.has_memory(size) {
            result
        } else {
            Err(Cause::ReplyDropped { size })
        };
        state.machine.reply(now, id, handler, result);
        self.settle(state);
    }

    /// Logs what has gone wrong with the client, unless it has been logged often.
    pub(super) fn log_problem(&self, kind: &'static str, what: &dyn Display) {
        self.log
            .note(now(), kind, format_args!("{}: {what}", self.peer));
    }

    /// Counts a handler as ended. The reader is woken if it has waited for that.
    fn end_handler(&self, state: &mut State, now: Instant, id: u64) {
        let paused = !state.machine.wants_input();
        state.machine.end(now, id);
        if paused && state.machine.wants_input() {
            self.wake.notify_one();
        }
    }

    /// Counts what is kept. Returns whether the user may have it.
    pub(super) fn settle(&self, state: &mut State) -> bool {
        let kept = state.inbound + state.machine.outbox().weight();
        self.quota.settle(&mut state.charge, kept)
    }

    /// Sends what is to be sent. The reader is woken if it has to go on with that.
    pub(super) fn flush(&self, state: &mut State) {
        self.flush_at(state, now);
    }

    /// Does what [`flush`](Self::flush) does, by this clock.
    pub(super) fn flush_at(&self, state: &mut State, clock: impl FnOnce() -> Instant) {
        if !state.machine.may_send() {
            return;
        }
        let paused = !state.machine.wants_input();
        let log_problem = |kind, what: &dyn Display| self.log_problem(kind, what);
        let outbox = state.machine.outbox();
        let flushed = send(&self.sender, outbox, &mut state.flush, clock, log_problem);
        if flushed == Flushed::Broken {
            state.machine.abandon();
        }
        state.machine.outbox().released().clear();
        self.settle(state);
        // A reader that had paused until replies have left does not see them leave.
        if flushed != Flushed::All || paused && state.machine.wants_input() {
            self.wake.notify_one();
        }
    }

    /// Refuses new requests, but for those that have come already, lets the others finish, and then ends.
    pub(super) fn drain(&self) {
        self.lock().machine.request_drain();
        self.wake.notify_one();
    }

    /// Returns whether the connection goes on: it was neither ended nor chosen to be evicted.
    pub(super) fn is_open(&self) -> bool {
        self.lock().machine.is_open()
    }

    /// Evicts the connection, unless the client has sent something by now.
    pub(super) fn evict(&self) {
        let is_open = self.lock().machine.evict();
        if is_open {
            self.wake.notify_one();
        }
    }

    /// Ends now, without a word to the client, who is gone.
    pub(super) fn abandon(&self) {
        self.lock().machine.abandon();
        self.wake.notify_one();
    }

    /// Ends now.
    pub(super) fn end(&self) {
        self.lock().machine.end_orderly();
        self.wake.notify_one();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.quota.settle(&mut state.charge, 0);
        self.quota.leave();
    }
}

/// A request whose handler has a task of its own.
#[derive(Debug)]
pub(super) struct Task {
    /// None while the task is being made, and for a handler that is to finish.
    pub(super) abort: Option<AbortHandle>,
    /// The request of a handler that is to finish: it is told when its call is cancelled.
    pub(super) request: Option<Arc<RequestState>>,
    pub(super) handler: Arc<str>,
}

impl Task {
    /// Aborts the task. Tells a handler that is to finish that its call is cancelled.
    ///
    /// Not called under the connection's lock: it wakes tasks of the user.
    pub(super) fn stop(&self) {
        if let Some(abort) = &self.abort {
            abort.abort();
        }
        if let Some(request) = &self.request {
            request.stop();
        }
    }
}

/// Runs a handler that could not answer at once, and writes its reply.
pub(super) async fn finish(running: Running, request: InFlight) {
    let result = running.await;
    answer(request, result).await;
}

/// The same, but no longer than until the deadline that the client has announced.
pub(super) async fn finish_by(deadline: Instant, running: Running, request: InFlight) {
    let result = timeout_at(deadline.into(), running).await;
    answer(request, result.unwrap_or(Err(Cause::Expired))).await;
}

async fn answer(mut request: InFlight, result: Result<Payload<'static>, Cause>) {
    if request.reply(result) {
        // Replies that become ready together leave together.
        yield_now().await;
        request.flush();
    }
}

/// A request whose handler has a task; it counts as running until it is answered, or until this is
/// dropped, however the task ends.
pub(super) struct InFlight {
    connection: Arc<Connection>,
    id: u64,
    handler: Arc<str>,
    /// How many bytes the request has, which the handler may keep.
    size: usize,
    /// What is still to be done for it.
    due: Due,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Reply,
    Flush,
    Nothing,
}

impl InFlight {
    pub(super) fn new(
        connection: Arc<Connection>,
        id: u64,
        handler: Arc<str>,
        size: usize,
    ) -> Self {
        connection.quota.begin(size);
        Self {
            connection,
            id,
            handler,
            size,
            due: Due::Reply,
        }
    }

    /// Writes the reply. Returns whether this task is to send it.
    fn reply(&mut self, result: Result<Payload<'static>, Cause>) -> bool {
        let now = now();
        let mut state = self.connection.lock();
        if state.machine.is_cancelled(self.id) || !state.machine.may_send() {
            // Nobody waits for it. What is left to do, the drop does.
            return false;
        }
        self.connection.end_handler(&mut state, now, self.id);
        self.connection
            .reply(&mut state, now, self.id, &self.handler, result);
        let flushes = state.flush == FlushState::Idle;
        if flushes {
            state.flush = FlushState::Scheduled { checked: false };
        }
        self.due = if flushes { Due::Flush } else { Due::Nothing };
        flushes
    }

    fn flush(&mut self) {
        self.due = Due::Nothing;
        let mut state = self.connection.lock();
        if state.flush.is_scheduled() {
            self.connection.flush(&mut state);
        }
        if state.machine.is_finished() {
            self.connection.wake.notify_one();
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.connection.quota.end(self.size);
        // The task was aborted: before its reply, or before the flush that it had promised.
        let wakes = match self.due {
            Due::Reply => {
                let mut state = self.connection.lock();
                self.connection.end_handler(&mut state, now(), self.id);
                state.machine.is_finished()
            }
            Due::Flush => true,
            Due::Nothing => false,
        };
        if wakes {
            self.connection.wake.notify_one();
        }
    }
}
