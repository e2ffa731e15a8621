//! The state of a connection, which its callers and its driver share.

use std::fmt::Display;
use std::pin::pin;
use std::ptr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Instant;
use std::vec::Drain;

use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};

use super::concurrency_limit::ConcurrencyLimit;
use super::done::Done;
use super::lending::Lending;
use super::slots::{SlotKey, Slots};
use crate::call::{CallFailure, Compatibility, Method, disconnected};
use crate::dial::{DialConfig, ExpectedServer};
use crate::driver::{
    FlushState, Flushed, LazyTimer, Next, contain_panic, drop_payloads, now, send, within,
};
use crate::peer::Credentials;
use crate::proto::{ClientConnection, LINGER, Outcome};
use crate::transport::{Process, Sender};
use crate::wire::WireError;
use crate::{ClientStats, Error, Peer};

/// The state of a connection, and the socket that requests are sent on.
///
/// Callers write and send their requests themselves. The driver receives, checks deadlines, and sends what
/// callers could not.
#[derive(Debug)]
pub(super) struct Connection {
    /// Empty until a server over a socket pair has sent something.
    server: OnceLock<Peer>,
    pub(super) sender: Sender,
    /// Wakes the driver.
    pub(super) wake: Notify,
    /// The queue of calls that wait for a permit.
    pub(super) queue: Semaphore,
    /// Wakes the tasks that wait for the server's greeting, or for the connection's end.
    changed: Notify,
    /// The runtime of the driver, and of the timers of waiting calls.
    pub(super) runtime: Handle,
    state: Mutex<ClientState>,
}

#[derive(Debug)]
pub(super) struct ClientState {
    pub(super) machine: ClientConnection<SlotKey, &'static Method>,
    pub(super) slots: Slots,
    pub(super) concurrency: ConcurrencyLimit,
    pub(super) flush: FlushState,
    /// Which methods the server agrees on.
    pub(super) compatibility: Compatibility,
    /// The timer of the driver.
    pub(super) lazy_timer: LazyTimer,
    /// The number of datagrams that another process than the server sent.
    pub(super) foreign_datagrams: u64,
    /// The reason why the server was lost, until it is logged.
    problem: Option<Box<str>>,
    /// The reason why the connection has failed before the server has greeted.
    pub(super) refusal: Option<Box<Error>>,
    /// `None` once the server is known.
    pub(super) expected: Option<Box<ExpectedServer>>,
    /// The server's process, until the driver watches it.
    pub(super) process: Option<Process>,
    /// Who has the reader of replies.
    pub(super) lending: Lending,
}

impl Connection {
    /// Returns a connection. `server` is `None` if it is not known yet.
    pub(super) fn new(server: Option<Peer>, sender: Sender, config: &DialConfig) -> Self {
        let now = now();
        Self {
            server: server.map(OnceLock::from).unwrap_or_default(),
            sender,
            wake: Notify::new(),
            queue: Semaphore::new(0),
            changed: Notify::new(),
            runtime: Handle::current(),
            state: Mutex::new(ClientState {
                machine: ClientConnection::new(config.connection.clone(), now),
                slots: Slots::default(),
                concurrency: ConcurrencyLimit::new(config.max_in_flight),
                flush: FlushState::Idle,
                compatibility: Compatibility::default(),
                lazy_timer: LazyTimer::new(now),
                foreign_datagrams: 0,
                problem: None,
                refusal: None,
                expected: None,
                process: None,
                lending: Lending::default(),
            }),
        }
    }

    /// Returns what tells this connection from the others of the process.
    pub(super) fn id(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    /// Returns the server's process, if it is known yet.
    pub(super) fn server(&self) -> Option<Peer> {
        self.server.get().cloned()
    }

    /// Checks and records the sender of the first datagram. Ends the connection if it may not serve this client.
    pub(super) fn introduce(&self, sender: Option<Credentials>) -> Next {
        let admitted = {
            let mut state = self.lock();
            let Some(expected) = &state.expected else {
                return Next::Receive;
            };
            let admitted = expected.admit(sender);
            if let Ok((server, _)) = &admitted {
                // Empty: a connection is introduced once.
                let _ = self.server.set(server.clone());
                state.machine.introduced();
            }
            admitted.map(|(_, process)| state.process = process)
        };
        match admitted {
            Ok(()) => Next::Receive,
            Err(denied) => {
                self.refuse(denied);
                Next::End
            }
        }
    }

    /// Ends the connection to a server that has not greeted in time.
    pub(super) fn end_unanswered(&self, now: Instant) {
        let unanswered = {
            let state = self.lock();
            let expected = state.expected.as_deref();
            expected
                .filter(|_| state.machine.is_unanswered(now))
                .map(ExpectedServer::unanswered)
        };
        if let Some(reason) = unanswered {
            self.refuse(reason);
        }
    }

    /// Waits until the server has greeted, and returns it.
    ///
    /// # Errors
    ///
    /// The reason why the connection has ended instead.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(super) async fn ready(&self) -> Result<Peer, Error> {
        loop {
            let mut changed = pin!(self.changed.notified());
            // Enabled before the state is read, so that no change in between is missed.
            changed.as_mut().enable();
            {
                let mut state = self.lock();
                if state.lending.recall() {
                    self.wake.notify_one();
                }
                if state.machine.is_closed() || state.refusal.is_some() {
                    return Err(state
                        .refusal
                        .as_deref()
                        .map_or_else(disconnected, Error::clone));
                }
                if let Some(server) = self.server()
                    && state.machine.is_greeted()
                {
                    return Ok(server);
                }
            }
            changed.await;
        }
    }

    /// Wakes the tasks that wait for the server's greeting.
    pub(super) fn greeted(&self) {
        self.changed.notify_waiters();
    }

    /// Returns the failure of a call whose connection has ended: the reason, if it ended before the server has greeted.
    #[cold]
    pub(super) fn explain(&self, failure: CallFailure) -> CallFailure {
        let Error::Disconnected { may_have_run } = failure.error else {
            return failure;
        };
        let refusal = self.lock().refusal.as_deref().cloned();
        match refusal {
            None => failure,
            Some(error) => CallFailure {
                was_sent: may_have_run && error.may_have_run(),
                error,
            },
        }
    }

    /// Ends the connection for this reason, before the server has greeted.
    pub(super) fn refuse(&self, reason: Error) {
        self.lock().refusal.get_or_insert_with(|| Box::new(reason));
        self.disconnect(None);
    }

    /// Returns whether calls can begin.
    pub(super) fn is_usable(&self) -> bool {
        self.lock().machine.is_usable()
    }

    pub(super) fn stats(&self) -> ClientStats {
        let state = self.lock();
        ClientStats {
            in_flight: state.machine.in_flight(),
            stray_replies: state.machine.stray_replies(),
            foreign_datagrams: state.foreign_datagrams,
        }
    }

    /// Waits until the connection has ended, however it ends.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub(super) async fn closed(&self) {
        loop {
            let mut changed = pin!(self.changed.notified());
            // Enabled before the state is read, so that an end in between is not missed.
            changed.as_mut().enable();
            if self.lock().machine.is_closed() {
                return;
            }
            changed.await;
        }
    }

    /// Waits until a connection that is [closed](Self::close) has ended: its goodbye was sent, or could not be
    /// sent in time.
    pub(super) async fn finished(&self) {
        // The driver ends in time by itself, where it runs.
        let end = now() + 2 * LINGER;
        let _ = within(&self.runtime, end, self.closed()).await;
    }

    /// Ends the connection on behalf of its clients: says goodbye, and ends all calls.
    pub(super) fn close(&self) {
        self.update(|state, done| {
            state.machine.close(now(), &mut done.outcomes);
            self.flush(state);
        });
        self.wake.notify_one();
    }

    /// Ends the connection because it is broken.
    pub(super) fn disconnect(&self, violation: Option<WireError>) {
        // Notified also if a waker of a call panics.
        let _ended = NotifyOnDrop(&self.changed);
        self.update(|state, done| {
            // Each queued call then begins, and fails.
            state.concurrency.remove();
            state.machine.disconnect(violation, &mut done.outcomes);
        });
        self.sender.shut_down();
    }

    /// Changes the state under its lock. Then, without the lock, wakes the calls that ended by it and the queued
    /// calls that may begin, drops payloads, and logs.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut ClientState, &mut Done) -> R) -> R {
        self.update_with(&mut Done::default(), change)
    }

    /// Does what [`update`](Self::update) does, with memory that the caller reuses.
    pub(super) fn update_with<R>(
        &self,
        done: &mut Done,
        change: impl FnOnce(&mut ClientState, &mut Done) -> R,
    ) -> R {
        let mut locked = self.lock();
        let state = &mut *locked;
        let result = change(state, done);
        let Done {
            outcomes,
            wakers,
            payloads,
        } = done;
        if state.machine.has_sent() {
            state.complete_sent(wakers);
        }
        if state.machine.has_discarded() {
            state.learn();
        }
        for (slot, outcome) in outcomes.drain(..) {
            wakers.extend(state.slots.end(slot, outcome));
        }
        let in_flight = state.machine.in_flight();
        let permits = state.concurrency.grant(in_flight);
        payloads.append(state.machine.outbox().released());
        let problem = state.problem.take();
        drop(locked);
        // Before the user's code runs: destructors and the subscriber of the log may use the client, or panic.
        if permits != 0 {
            self.queue.add_permits(permits);
        }
        wake_all(wakers);
        drop_payloads(payloads);
        if let Some(problem) = problem {
            log_loss(&problem);
        }
        result
    }

    /// Sends queued datagrams. Wakes the driver if some have to wait.
    pub(super) fn flush(&self, state: &mut ClientState) {
        if !state.machine.may_send() {
            return;
        }
        let outbox = state.machine.outbox();
        let problem = &mut state.problem;
        match send(&self.sender, outbox, &mut state.flush, now, |_, what| {
            *problem = Some(what.to_string().into());
        }) {
            Flushed::All => {}
            Flushed::Waiting => self.wake.notify_one(),
            Flushed::Broken => {
                state.machine.lose();
                self.wake.notify_one();
            }
        }
    }

    /// Says hello to a server that has not greeted yet, and waits for its greeting until this time. Returns whether the
    /// hello was sent.
    pub(super) fn say_hello(&self, until: Instant, is_vouched_for: bool) -> bool {
        self.update(|state, _| {
            let now = now();
            state.machine.await_greeting(now, until, is_vouched_for);
            self.flush(state);
            state.machine.outbox().last_sent().is_some()
        })
    }

    /// Sends the first keep-alive.
    pub(super) fn greet(&self) {
        self.update(|state, done| {
            state.machine.on_time(now(), &mut done.outcomes);
            self.flush(state);
        });
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, ClientState> {
        // No code that holds the lock can leave the state half changed, so poisoning is ignored.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientState {
    /// Ends the one-way calls whose requests were sent, and appends their wakers.
    // Not inlined: it would make the path of every call longer.
    #[inline(never)]
    fn complete_sent(&mut self, wakers: &mut Vec<Waker>) {
        let Self { machine, slots, .. } = self;
        machine.complete_sent(|slot| {
            let waker = slots.end(slot, Outcome::Sent);
            // A call that is complete before it waits has no task to be woken.
            wakers.extend(waker.filter(|waker| !waker.will_wake(Waker::noop())));
        });
    }

    /// Learns from the replies to one-way calls.
    #[cold]
    fn learn(&mut self) {
        for (method, outcome) in self.machine.discarded().drain(..) {
            self.compatibility.learn(method, &outcome);
        }
    }
}

/// A guard that notifies all waiting tasks when it is dropped.
struct NotifyOnDrop<'a>(&'a Notify);

impl Drop for NotifyOnDrop<'_> {
    fn drop(&mut self) {
        self.0.notify_waiters();
    }
}

/// Wakers that are woken at the latest when this is dropped.
struct Waking<'a>(Drain<'a, Waker>);

impl Drop for Waking<'_> {
    fn drop(&mut self) {
        for waker in self.0.by_ref() {
            // The panic of the first waker is the one that goes on.
            contain_panic(|| waker.wake());
        }
    }
}

/// Wakes tasks. If the waker of one panics, wakes the others nevertheless.
#[inline]
fn wake_all(wakers: &mut Vec<Waker>) {
    let mut waking = Waking(wakers.drain(..));
    for waker in waking.0.by_ref() {
        waker.wake();
    }
}

/// Logs why the server was lost. Not called under the lock: a subscriber may make calls itself.
#[cold]
pub(super) fn log_loss(what: &dyn Display) {
    tracing::warn!("the server is lost: {what}");
}
