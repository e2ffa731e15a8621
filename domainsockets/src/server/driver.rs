//! The task that drives a connection: it reads, keeps time, and sends what handlers could not.

use std::future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::yield_now;
use tokio::time::sleep_until;

use super::connection::Connection;
use super::dispatch::Dispatcher;
use crate::driver::{FlushState, LazyTimer, Next, now, receive};
use crate::proto::ByItself;
use crate::stats::ServerCounters;
use crate::transport::{Receiver, WriteReadiness};
use crate::wire::{Cause, trim_blocks};

/// Drives one connection.
pub(super) struct Driver {
    connection: Arc<Connection>,
    counters: Arc<ServerCounters>,
    dispatcher: Dispatcher,
    receiver: Receiver,
    alarm: LazyTimer,
    /// Whether requests are not read for now.
    paused: bool,
}

/// What the reader is to wait for.
struct Plan {
    /// When the timer is to fire, if not as it is set.
    rearm: Option<Instant>,
    /// Whether requests are to be read.
    for_input: bool,
    /// Whether the client's queue is full.
    for_room: bool,
}

impl Driver {
    pub(super) fn new(
        connection: Arc<Connection>,
        counters: Arc<ServerCounters>,
        dispatcher: Dispatcher,
        receiver: Receiver,
    ) -> Self {
        counters.opened();
        Self {
            connection,
            counters,
            dispatcher,
            receiver,
            alarm: LazyTimer::new(now()),
            paused: false,
        }
    }

    /// Reads until the connection is over.
    ///
    /// A future that took the whole of it would hold it twice.
    pub(super) async fn run(&mut self) {
        let mut timer = pin!(sleep_until(now().into()));
        let mut room = WriteReadiness::default();
        let mut woken = false;
        while let Some(Plan {
            rearm,
            for_input,
            for_room,
        }) = self.plan(woken)
        {
            if let Some(at) = rearm {
                timer.as_mut().reset(at.into());
            }
            woken = false;
            if for_input && self.dispatcher.has_backlog() {
                match self.dispatcher.resume() {
                    Next::End => break,
                    _ => yield_now().await,
                }
                continue;
            }
            if !for_room {
                room.leave();
            } else if let Err(error) = room.watch(&self.connection.sender) {
                // No descriptor is free, say.
                let what = &format_args!("cannot wait for room: {error}");
                self.connection.log_problem("room", what);
                self.connection.lock().flush.pause(now());
                continue;
            }
            tokio::select! {
                biased;
                ready = self.readable(for_input) => {
                    let next = if ready.is_ok() { self.receive() } else { Next::End };
                    match next {
                        Next::Receive | Next::Yield => yield_now().await,
                        Next::Wait => {}
                        Next::End => break,
                    }
                }
                permit = room.permit() => match permit {
                    Ok(permit) => permit.fill(|| self.flush()),
                    Err(_) => break,
                },
                () = timer.as_mut() => {
                    trim_blocks();
                    woken = true;
                }
                () = self.connection.wake.notified() => woken = true,
            }
        }
    }

    /// Does what is due, and says what to wait for; `None` if the connection is over.
    fn plan(&mut self, woken: bool) -> Option<Plan> {
        let now = now();
        let mut state = self.connection.lock();
        state
            .machine
            .settle_eviction(|| self.connection.has_spoken() || !self.receiver.is_empty());
        if state.machine.is_drain_requested() {
            let has_received = self.dispatcher.has_backlog() || !self.receiver.is_empty();
            if !has_received || !state.machine.wants_input() {
                state.machine.drain(now);
            }
        }
        if state.flush.is_due(now, woken) {
            self.connection.flush(&mut state);
        }
        if state.machine.has_ended() {
            return None;
        }
        let for_input = state.machine.wants_input();
        if for_input && self.paused {
            state
                .machine
                .set_midway_since(self.dispatcher.resume_clock(now));
        }
        self.paused = !for_input;
        if let Some(end) = state.machine.end_by_itself(now) {
            if end == ByItself::TimedOut {
                self.counters.timed_out();
                self.connection
                    .log_problem("progress", &"dropped, since it made no progress");
            }
            return None;
        }
        let mut next = state.machine.next_time(now);
        if let Some(until) = state.flush.paused_until() {
            next = next.min(until);
        }
        Some(Plan {
            rearm: self.alarm.set(now, next),
            for_input,
            for_room: state.flush == FlushState::Blocked,
        })
    }

    /// Takes what has arrived, but not for ever, and sends the replies that were ready at once.
    fn receive(&mut self) -> Next {
        let next = receive(&mut self.receiver, DATAGRAMS_PER_TURN, &mut self.dispatcher);
        let mut state = self.connection.lock();
        // Requests that were received before are still admitted.
        if state.machine.is_drain_requested() && next != Next::Yield {
            state.machine.drain(now());
        }
        if state.flush == FlushState::Idle {
            self.connection.flush(&mut state);
        }
        next
    }

    async fn readable(&self, wanted: bool) -> io::Result<()> {
        if wanted {
            self.receiver.readable().await
        } else {
            future::pending().await
        }
    }

    /// Sends what waits. Returns whether the client's queue is full.
    fn flush(&self) -> bool {
        let mut state = self.connection.lock();
        self.connection.flush(&mut state);
        state.flush == FlushState::Blocked
    }
}

impl Drop for Driver {
    /// However the reader ends, nothing runs on for a client that cannot be answered, and a client
    /// that can be told is.
    fn drop(&mut self) {
        self.counters.closed();
        self.connection.info.closed.set();
        let now = now();
        let mut state = self.connection.lock();
        let running = state.machine.take_running();
        if state.machine.answers_stopped() {
            for (id, task) in &running {
                state
                    .machine
                    .reply(now, *id, &task.handler, Err(Cause::ShuttingDown));
            }
        }
        if state.machine.may_send() {
            state.machine.say_bye(now);
            self.connection.flush(&mut state);
            state.machine.abandon();
        }
        drop(state);
        for task in running.values() {
            task.stop();
        }
    }
}

/// How many datagrams are taken before other connections have their turn.
const DATAGRAMS_PER_TURN: usize = 32;
