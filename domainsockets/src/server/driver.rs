//! The task of a connection: it reads requests, checks timeouts, and sends replies that handlers could not send.

use std::future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until};

use super::connection::Connection;
use super::dispatch::Dispatcher;
use crate::driver::{DESCRIPTOR_PAUSE, FlushState, LazyTimer, Next, now, receive};
use crate::proto::EndReason;
use crate::stats::ServerCounters;
use crate::transport::{Receiver, WriteReadiness};
use crate::wire::{Cause, trim_blocks};

/// The driver of a connection.
pub(super) struct ServerDriver {
    connection: Arc<Connection>,
    counters: Arc<ServerCounters>,
    dispatcher: Dispatcher,
    receiver: Receiver,
    lazy_timer: LazyTimer,
    /// Whether requests are not read now (backpressure).
    paused: bool,
}

/// The events that the driver waits for.
struct Interest {
    /// The time to set the timer to, if it is not set right.
    timer_at: Option<Instant>,
    /// Whether the driver reads requests.
    requests: bool,
    /// Whether the driver waits until the client's queue has room.
    writable: bool,
}

impl ServerDriver {
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
            lazy_timer: LazyTimer::new(now()),
            paused: false,
        }
    }

    /// Runs until the connection ends.
    ///
    /// Takes `&mut self`: a future that captured `self` by value would store the driver twice.
    pub(super) async fn run(&mut self) {
        let mut timer = pin!(sleep_until(now().into()));
        let mut write_readiness = WriteReadiness::default();
        let mut woken = false;
        while let Some(Interest {
            timer_at,
            requests,
            writable,
        }) = self.next_interest(woken)
        {
            if let Some(at) = timer_at {
                timer.as_mut().reset(at.into());
            }
            woken = false;
            if requests && self.dispatcher.has_backlog() {
                match self.dispatcher.resume() {
                    Next::End => break,
                    _ => yield_now().await,
                }
                continue;
            }
            if !writable {
                write_readiness.leave();
            } else if let Err(error) = write_readiness.watch(&self.connection.sender) {
                // For example, the process is out of descriptors.
                let what = &format_args!("cannot wait until the client reads: {error}");
                self.connection.log_problem("writable", what);
                self.connection.lock().flush.pause(now());
                continue;
            }
            tokio::select! {
                biased;
                ready = self.readable(requests) => {
                    let next = if ready.is_ok() { self.receive() } else { Next::End };
                    match next {
                        Next::Receive | Next::Yield => yield_now().await,
                        Next::Wait => {}
                        Next::Pause => sleep(DESCRIPTOR_PAUSE).await,
                        Next::End => break,
                    }
                }
                permit = write_readiness.permit() => match permit {
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

    /// Does everything that is due, and returns the events to wait for. Returns `None` if the connection has ended.
    fn next_interest(&mut self, woken: bool) -> Option<Interest> {
        let now = now();
        let mut state = self.connection.lock_to_send();
        state
            .machine
            .settle_eviction(|| self.connection.has_received() || !self.receiver.is_empty());
        if state.machine.is_drain_requested() {
            let has_unread = self.dispatcher.has_backlog() || !self.receiver.is_empty();
            if !has_unread || !state.machine.wants_input() {
                state.machine.drain(now);
            }
        }
        if state.flush.is_due(now, woken) {
            state.flush();
        }
        if state.machine.has_ended() {
            return None;
        }
        let requests = state.machine.wants_input();
        if requests && self.paused {
            state
                .machine
                .set_midway_since(self.dispatcher.resume_clock(now));
        }
        self.paused = !requests;
        if let Some(end) = state.machine.end_by_itself(now) {
            if end == EndReason::TimedOut {
                self.counters.timed_out();
                state.log_problem("progress", "dropped, since it made no progress");
            }
            return None;
        }
        let mut next = state.machine.next_time(now);
        if let Some(until) = state.flush.paused_until() {
            next = next.min(until);
        }
        Some(Interest {
            timer_at: self.lazy_timer.set(now, next),
            requests,
            writable: state.flush == FlushState::Blocked,
        })
    }

    /// Receives at most [`DATAGRAMS_PER_YIELD`] datagrams, and sends the replies that are ready.
    fn receive(&mut self) -> Next {
        let next = receive(
            &mut self.receiver,
            DATAGRAMS_PER_YIELD,
            &mut self.dispatcher,
        );
        let mut state = self.connection.lock_to_send();
        // Requests that were received before the shutdown are still admitted.
        if state.machine.is_drain_requested() && next != Next::Yield {
            state.machine.drain(now());
        }
        if state.flush == FlushState::Idle {
            state.flush();
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

    /// Sends queued replies. Returns whether the client's queue is full.
    fn flush(&self) -> bool {
        let mut state = self.connection.lock_to_send();
        state.flush();
        state.flush == FlushState::Blocked
    }
}

impl Drop for ServerDriver {
    /// Stops the handlers of the connection, however the driver ends, and sends the client a goodbye if possible.
    fn drop(&mut self) {
        self.counters.closed();
        self.connection.info.closed.set();
        let now = now();
        let mut state = self.connection.lock_to_send();
        let running = state.machine.take_running();
        if state.machine.answers_stopped() {
            for (id, task) in &running {
                state
                    .machine
                    .reply(now, *id, &task.handler, Err(&Cause::ShuttingDown));
            }
        }
        if state.machine.may_send() {
            state.machine.say_bye(now);
            state.flush();
        }
        self.connection.release(&mut state);
        // Payloads are dropped here.
        drop(state);
        for task in running.values() {
            task.stop();
        }
    }
}

/// How many datagrams are received before the task yields.
const DATAGRAMS_PER_YIELD: usize = 32;
