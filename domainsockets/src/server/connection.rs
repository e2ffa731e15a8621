//! The state that a connection's driver and handlers share.

use std::cell::Cell;
use std::fmt::Display;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Notify;

use super::handler_task::HandlerTask;
use super::log_throttle::LogThrottle;
use super::quota::{Charge, UNCHARGED, UserQuota};
use crate::driver::{FlushState, Flushed, contain_panic, drop_payloads, now, send};
use crate::peer::Credentials;
use crate::proto::{ServerConfig, ServerConnection};
use crate::request::ConnectionInfo;
use crate::transport::Sender;
use crate::wire::{Cause, Payload};

/// The state of a connection, and the socket that replies are sent on.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) info: Arc<ConnectionInfo>,
    pub(super) peer: Credentials,
    pub(super) sender: Sender,
    /// The quota of the client's user.
    pub(super) quota: Arc<UserQuota>,
    /// The log of problems with clients.
    pub(super) log: Arc<LogThrottle>,
    /// Whether the client has sent anything: until then the connection is half-open.
    received: AtomicBool,
    /// For how long the driver polls the socket before it sleeps.
    pub(super) busy_poll: Duration,
    /// Wakes the driver.
    pub(super) wake: Notify,
    state: Mutex<ConnectionState>,
}

#[derive(Debug)]
pub(super) struct ConnectionState {
    pub(super) machine: ServerConnection<HandlerTask>,
    pub(super) flush: FlushState,
    /// The memory of a message that is not received completely, in bytes.
    pub(super) inbound: usize,
    charge: Charge,
}

/// The lock of a connection's state, for a task that may send.
///
/// Code of the user runs once the lock is released, since it may use the connection: destructors of payloads that
/// were sent, and subscribers to the log.
pub(super) struct SendGuard<'a> {
    /// The first field, so that the lock is released before `after_unlock` is dropped.
    state: MutexGuard<'a, ConnectionState>,
    after_unlock: AfterUnlock<'a>,
}

/// The work that is left for when the lock is released. Dropping it does the work.
struct AfterUnlock<'a> {
    connection: &'a Connection,
    /// Payloads that were sent.
    released: Vec<Bytes>,
    /// The kind and the text of a problem to be logged.
    problem: Option<(&'static str, String)>,
}

thread_local! {
    /// An empty list of payloads, which keeps its memory.
    static EMPTY_LIST: Cell<Vec<Bytes>> = const { Cell::new(Vec::new()) };
}

impl Connection {
    pub(super) fn new(
        info: Arc<ConnectionInfo>,
        peer: Credentials,
        sender: Sender,
        quota: Arc<UserQuota>,
        log: Arc<LogThrottle>,
        config: Arc<ServerConfig>,
    ) -> Self {
        quota.join();
        Self {
            info,
            peer,
            sender,
            quota,
            log,
            received: AtomicBool::new(false),
            busy_poll: config.busy_poll,
            wake: Notify::new(),
            state: Mutex::new(ConnectionState {
                machine: ServerConnection::new(config, now()),
                flush: FlushState::Idle,
                inbound: 0,
                charge: Charge::default(),
            }),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, ConnectionState> {
        // No code that holds the lock can leave the state half changed, so poisoning is ignored.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the state for a task that may send.
    pub(super) fn lock_to_send(&self) -> SendGuard<'_> {
        SendGuard {
            state: self.lock(),
            after_unlock: AfterUnlock {
                connection: self,
                released: Vec::new(),
                problem: None,
            },
        }
    }

    /// Records that the client has sent something.
    pub(super) fn set_received(&self) {
        self.received.store(true, Ordering::Relaxed);
    }

    /// Returns whether the client has sent anything.
    pub(super) fn has_received(&self) -> bool {
        self.received.load(Ordering::Relaxed)
    }

    /// Queues the reply to a request, unless it exceeds the memory quota of the client's user. Returns whether data was
    /// refused, which the caller drops without the lock.
    pub(super) fn reply(
        &self,
        state: &mut ConnectionState,
        now: Instant,
        id: u64,
        handler: &str,
        result: &mut Result<Payload<'static>, Cause>,
    ) -> bool {
        let kept = state.inbound + state.machine.outbox().weight();
        let size = result.as_ref().map_or_else(Cause::len, Payload::len);
        let is_refused = if size == 0 || kept + size <= UNCHARGED || self.quota.has_memory(size) {
            let result = result.as_mut().map_err(|cause| &*cause);
            state.machine.reply(now, id, handler, result)
        } else {
            let refusal = Cause::ReplyDropped { size };
            state.machine.reply(now, id, handler, Err(&refusal));
            true
        };
        self.settle(state);
        is_refused
    }

    /// Logs what went wrong with the client, unless it has been logged often. Not called under the lock.
    pub(super) fn log_problem(&self, kind: &'static str, what: &dyn Display) {
        self.log
            .note(now(), kind, format_args!("{}: {what}", self.peer));
    }

    /// Counts a handler as ended. Wakes the driver if requests can be read again.
    pub(super) fn end_handler(&self, state: &mut ConnectionState, now: Instant, id: u64) {
        let paused = !state.machine.wants_input();
        state.machine.end(now, id);
        if paused && state.machine.wants_input() {
            self.wake.notify_one();
        }
    }

    /// Charges the user's quota with the memory of this connection. Returns whether it is within the quota.
    pub(super) fn settle(&self, state: &mut ConnectionState) -> bool {
        let kept = state.inbound + state.machine.outbox().weight();
        self.quota.settle(&mut state.charge, kept)
    }

    /// Refuses new requests, except those that were received already. The connection ends when all are answered.
    pub(super) fn drain(&self) {
        self.lock().machine.request_drain();
        self.wake.notify_one();
    }

    /// Returns whether the connection is neither ended nor about to be evicted.
    pub(super) fn is_open(&self) -> bool {
        self.lock().machine.is_open()
    }

    /// Evicts the connection, unless the client has sent something meanwhile.
    pub(super) fn evict(&self) {
        let is_open = self.lock().machine.evict();
        if is_open {
            self.wake.notify_one();
        }
    }

    /// Ends the connection at once, without a goodbye: the process of the server has ended.
    #[cfg(feature = "test")]
    pub(super) fn abandon(&self) {
        self.lock().machine.abandon();
        self.wake.notify_one();
    }

    /// Frees the memory of a connection whose driver ends. Handlers that run on may keep the connection for long.
    pub(super) fn release(&self, state: &mut ConnectionState) {
        state.machine.abandon();
        state.machine.outbox().clear();
        state.inbound = 0;
        self.settle(state);
    }

    /// Sends nothing more, since the client has ended. The connection ends once the driver has dispatched the requests
    /// that the client sent before.
    pub(super) fn lose(&self) {
        let mut state = self.lock_to_send();
        state.lose();
        drop(state);
        self.wake.notify_one();
    }

    /// Ends the connection at once, with a goodbye.
    pub(super) fn end(&self) {
        self.lock().machine.end_orderly();
        self.wake.notify_one();
    }
}

impl SendGuard<'_> {
    /// Sends what is queued. Wakes the driver if it has to go on with that.
    pub(super) fn flush(&mut self) {
        self.flush_at(now);
    }

    /// Does what [`flush`](Self::flush) does, by this clock.
    pub(super) fn flush_at(&mut self, clock: impl FnOnce() -> Instant) {
        let Self {
            state,
            after_unlock,
        } = self;
        if !state.machine.may_send() {
            return;
        }
        let connection = after_unlock.connection;
        let paused = !state.machine.wants_input();
        let ConnectionState { machine, flush, .. } = &mut **state;
        let report =
            |kind, what: &dyn Display| after_unlock.problem = Some((kind, what.to_string()));
        let flushed = send(&connection.sender, machine.outbox(), flush, clock, report);
        if flushed == Flushed::Broken {
            self.lose();
            connection.wake.notify_one();
            return;
        }
        connection.settle(state);
        // A driver that reads nothing while too many replies are queued does not see them being sent.
        if flushed != Flushed::All || paused && state.machine.wants_input() {
            connection.wake.notify_one();
        }
    }

    /// Drops queued replies and sends nothing more: see [`ServerConnection::lose`].
    pub(super) fn lose(&mut self) {
        self.machine.lose(now());
        self.flush = FlushState::Idle;
        let connection = self.after_unlock.connection;
        connection.settle(self);
    }

    /// Logs what went wrong with the client, unless it has been logged often. Does so once the lock is released.
    pub(super) fn log_problem(&mut self, kind: &'static str, what: &str) {
        self.after_unlock.problem = Some((kind, what.to_owned()));
    }
}

impl Deref for SendGuard<'_> {
    type Target = ConnectionState;

    fn deref(&self) -> &ConnectionState {
        &self.state
    }
}

impl DerefMut for SendGuard<'_> {
    fn deref_mut(&mut self) -> &mut ConnectionState {
        &mut self.state
    }
}

impl Drop for SendGuard<'_> {
    fn drop(&mut self) {
        let released = self.state.machine.outbox().released();
        if !released.is_empty() {
            // The outbox gets memory for the next ones in exchange.
            self.after_unlock.released = EMPTY_LIST.try_with(Cell::take).unwrap_or_default();
            mem::swap(&mut self.after_unlock.released, released);
        }
    }
}

impl Drop for AfterUnlock<'_> {
    fn drop(&mut self) {
        if !self.released.is_empty() {
            drop_payloads(&mut self.released);
            if self.released.capacity() <= MAX_KEPT_CAPACITY {
                let _ = EMPTY_LIST.try_with(|list| list.set(mem::take(&mut self.released)));
            }
        }
        if let Some((kind, what)) = self.problem.take() {
            contain_panic(|| self.connection.log_problem(kind, &what));
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.quota.settle(&mut state.charge, 0);
        self.quota.leave();
    }
}

/// The highest capacity of a list of payloads that is kept.
const MAX_KEPT_CAPACITY: usize = 64;
