//! A connection as its callers and its driver share it.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;

use super::turns::Turns;
use crate::drive::{Alarm, Flush, Flushed, now, send};
use crate::proto::{ClientConfig, ClientConnection, Outcome, Refused};
use crate::transport::Sender;
use crate::wire::{Cause, NAME_LIMIT, Payload, ServerMsgType, WireError};
use crate::{ClientStats, Error};

/// Where the outcome of a call goes.
type Slot = oneshot::Sender<Outcome>;

/// Calls that have ended, to be told once the lock is released.
pub(super) type Done = Vec<(Slot, Outcome)>;

/// The state of a connection and the socket that requests leave on.
///
/// Callers write and send for themselves; the driver receives, keeps time, and sends what callers
/// could not.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) sender: Sender,
    /// Wakes the driver.
    pub(super) wake: Notify,
    pub(super) turns: Turns,
    /// Where the driver runs, and the timers of waiting calls.
    runtime: Handle,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) machine: ClientConnection<Slot>,
    pub(super) flush: Flush,
    pub(super) phase: Phase,
    /// The driver's.
    pub(super) alarm: Alarm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// No client is left; what is still to be sent may leave until then.
    Lingering {
        until: Instant,
    },
    Closed,
}

impl Connection {
    pub(super) fn new(sender: Sender, config: ClientConfig, max_in_flight: usize) -> Self {
        let now = now();
        Self {
            sender,
            wake: Notify::new(),
            turns: Turns::new(max_in_flight),
            runtime: Handle::current(),
            state: Mutex::new(State {
                machine: ClientConnection::new(config, now),
                flush: Flush::Idle,
                phase: Phase::Open,
                alarm: Alarm::new(now),
            }),
        }
    }

    pub(super) async fn call(
        &self,
        handler: &str,
        data: Payload,
        deadline: Duration,
    ) -> Result<Bytes, Error> {
        if handler.len() > NAME_LIMIT {
            let reason = "a handler name has at most 1024 bytes";
            return Err(Error::InvalidName {
                name: handler.to_owned(),
                reason,
            });
        }
        let mut begun = now();
        let deadline = begun.checked_add(deadline);
        let _turn = if let Some(turn) = self.turns.try_take() {
            turn
        } else {
            let turn = self.turns.take(deadline, &self.runtime).await?;
            begun = now();
            turn
        };
        let mut call = self.begin(begun, handler, data, deadline)?;
        if call.flushes {
            // Whatever else is ready to run writes its request first; then all leave together.
            yield_now().await;
            call.flush();
        }
        call.outcome().await.into_result(handler)
    }

    pub(super) fn stats(&self) -> ClientStats {
        let state = self.lock();
        ClientStats {
            in_flight: state.machine.in_flight(),
            stray_replies: state.machine.stray_replies(),
        }
    }

    /// Ends the connection on behalf of its last client.
    pub(super) fn close(&self) {
        let now = now();
        self.update(|state, done| {
            if state.phase == Phase::Open {
                state.phase = Phase::Lingering {
                    until: now + LINGER,
                };
                state.machine.say_bye(now);
                self.flush(state, done);
            }
        });
        self.wake.notify_one();
    }

    /// Ends the connection because it is broken.
    pub(super) fn disconnect(&self, violation: Option<WireError>) {
        self.update(|state, done| disconnect(state, violation, done));
    }

    /// Changes the state under its lock, and afterwards tells the calls that ended by it.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut State, &mut Done) -> R) -> R {
        let mut done = Done::new();
        let result = change(&mut self.lock(), &mut done);
        tell(&mut done);
        result
    }

    /// Sends what is to be sent. The driver is woken if it has to go on with that.
    pub(super) fn flush(&self, state: &mut State, done: &mut Done) {
        if state.phase == Phase::Closed {
            return;
        }
        match send(&self.sender, state.machine.outbox(), &mut state.flush) {
            Flushed::All => {}
            Flushed::Waiting => self.wake.notify_one(),
            Flushed::Broken => {
                disconnect(state, None, done);
                self.wake.notify_one();
            }
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(
        &self,
        now: Instant,
        handler: &str,
        data: Payload,
        deadline: Option<Instant>,
    ) -> Result<InFlight<'_>, Error> {
        let (slot, outcome) = oneshot::channel();
        self.update(|state, done| {
            if state.phase != Phase::Open {
                return Err(Error::Disconnected {
                    may_have_run: false,
                });
            }
            let alone = state.machine.in_flight() == 0 && !state.machine.has_output();
            let id = state
                .machine
                .call(now, deadline, handler, data, slot)
                .map_err(|refused| match refused {
                    Refused::TooLarge { size, limit } => Error::TooLarge { size, limit },
                    Refused::ShuttingDown => Error::ShuttingDown,
                    Refused::Expired => Error::DeadlineExceeded,
                })?;
            if deadline.is_some_and(|deadline| state.alarm.is_after(deadline)) {
                self.wake.notify_one();
            }
            let mut flushes = false;
            match state.flush {
                Flush::Idle if alone => self.flush(state, done),
                Flush::Idle => {
                    state.flush = Flush::Scheduled { checked: false };
                    flushes = true;
                }
                // The call that has promised to send may never be polled again.
                Flush::Scheduled { checked: false } => {
                    state.flush = Flush::Scheduled { checked: true };
                    self.wake.notify_one();
                }
                _ => {}
            }
            Ok(InFlight {
                connection: self,
                id,
                outcome: Some(outcome),
                flushes,
            })
        })
    }
}

/// Tells calls how they ended. One that nobody waits for any more has been given up just now.
pub(super) fn tell(done: &mut Done) {
    for (slot, outcome) in done.drain(..) {
        let _ = slot.send(outcome);
    }
}

fn disconnect(state: &mut State, violation: Option<WireError>, done: &mut Done) {
    state.phase = Phase::Closed;
    state.machine.disconnect(violation, done);
}

/// A call in flight; dropped before its outcome came, it is cancelled.
struct InFlight<'a> {
    connection: &'a Connection,
    id: u64,
    outcome: Option<oneshot::Receiver<Outcome>>,
    /// Whether this call has taken it on to send what was written.
    flushes: bool,
}

impl InFlight<'_> {
    fn flush(&mut self) {
        self.flushes = false;
        self.connection.update(|state, done| {
            if state.flush.is_scheduled() {
                self.connection.flush(state, done);
            }
        });
    }

    async fn outcome(mut self) -> Outcome {
        let Some(outcome) = &mut self.outcome else {
            return Outcome::Disconnected { may_have_run: true };
        };
        // The slot is dropped without an outcome only with the state itself.
        let outcome = outcome
            .await
            .unwrap_or(Outcome::Disconnected { may_have_run: true });
        self.outcome = None;
        outcome
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let cancels = self.outcome.is_some();
        if !cancels && !self.flushes {
            return;
        }
        let flushes = mem::take(&mut self.flushes);
        let wakes = self.connection.update(|state, _| {
            if cancels && state.machine.cancel(now(), self.id) {
                let pending = state.machine.has_output();
                if pending && state.flush == Flush::Idle {
                    state.flush = Flush::Scheduled { checked: true };
                    return true;
                }
            }
            flushes
        });
        if wakes {
            self.connection.wake.notify_one();
        }
    }
}

impl Outcome {
    fn into_result(self, handler: &str) -> Result<Bytes, Error> {
        let (data, announced) = match self {
            Self::Reply {
                kind: ServerMsgType::Data,
                data,
                ..
            } => return Ok(data),
            Self::Reply {
                kind: ServerMsgType::Error,
                data,
                announced,
            } => (data, announced),
            Self::Expired => return Err(Error::DeadlineExceeded),
            Self::Disconnected { may_have_run } => {
                return Err(Error::Disconnected { may_have_run });
            }
            Self::Violated(violation) => return Err(Error::Protocol(violation.to_string())),
        };
        let text = String::from_utf8_lossy(&data);
        let handler_name = || handler.to_owned();
        Err(match Cause::parse(&text, handler, announced) {
            text @ (Cause::Handler(_) | Cause::Unfit { .. }) => Error::Handler(text.to_string()),
            Cause::UnknownHandler => Error::UnknownHandler {
                handler: handler_name(),
            },
            Cause::Panicked => Error::Panicked {
                handler: handler_name(),
            },
            Cause::Overloaded => Error::Overloaded,
            Cause::ShuttingDown => Error::ShuttingDown,
            Cause::TooLarge { size, limit } => Error::TooLarge { size, limit },
            Cause::Codec(text) => Error::Codec(text),
        })
    }
}

/// How long a goodbye may wait for room in the server's queue.
const LINGER: Duration = Duration::from_secs(1);
