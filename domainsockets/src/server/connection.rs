//! A connection as its reader and its handlers share it.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use super::handler_task::HandlerTask;
use super::log_throttle::LogThrottle;
use super::quota::{Charge, FREE, UserQuota};
use crate::driver::{FlushState, Flushed, now, send};
use crate::peer::Credentials;
use crate::proto::{ServerConfig, ServerConnection};
use crate::request::ConnectionInfo;
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
    pub(super) machine: ServerConnection<HandlerTask>,
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
    pub(super) fn end_handler(&self, state: &mut State, now: Instant, id: u64) {
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
