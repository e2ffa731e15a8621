//! The task of a connection: it receives replies, checks deadlines, sends keep-alives, and sends requests that
//! callers could not send.

use std::fmt::Display;
use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::RuntimeFlavor;
use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until};

use super::connection::{Connection, Done, log_loss};
use crate::dial::ExpectedServer;
use crate::driver::{DESCRIPTOR_PAUSE, FlushState, Next, Sink, now, receive};
use crate::peer::Credentials;
use crate::proto::{Event, UNASSIGNED};
use crate::transport::{Process, Receiver, WriteReadiness};
use crate::wire::{Reassembler, WireError, max_total, trim_blocks};

/// The driver of a connection. The connection ends with it.
pub(super) struct ClientDriver {
    replies: ReplySink,
    receiver: Receiver,
}

/// The receiver of a connection's replies, which wakes their calls.
struct ReplySink {
    connection: Arc<Connection>,
    inbound: Reassembler,
    /// Kept between datagrams, so that its memory is reused.
    done: Done,
    /// `None` once the server is known.
    expected: Option<Box<ExpectedServer>>,
    /// The server's process, until the driver watches it.
    process: Option<Process>,
    /// Whether the runtime has one thread. One with several has another thread look for work when a task
    /// lets others go first.
    on_one_thread: bool,
}

/// The events that the driver waits for, apart from replies.
struct WaitPlan {
    /// The time to set the timer to, if it is not set right.
    timer_at: Option<Instant>,
    /// Whether the driver waits until the server's queue has room (backpressure).
    writable: bool,
}

impl ClientDriver {
    /// Returns the driver of a connection to this process, for messages of at most `max_message_size` bytes.
    pub(super) fn new(
        connection: Arc<Connection>,
        receiver: Receiver,
        process: Process,
        max_message_size: usize,
    ) -> Self {
        let mut driver = Self::over(connection, receiver, max_message_size);
        driver.replies.process = Some(process);
        driver
    }

    /// Returns the driver of a connection whose server is not known yet.
    pub(super) fn expecting(
        connection: Arc<Connection>,
        receiver: Receiver,
        expected: ExpectedServer,
        max_message_size: usize,
    ) -> Self {
        let mut driver = Self::over(connection, receiver, max_message_size);
        driver.replies.expected = Some(Box::new(expected));
        driver
    }

    fn over(connection: Arc<Connection>, receiver: Receiver, max_message_size: usize) -> Self {
        let inbound = Reassembler::new(max_total(max_message_size));
        let on_one_thread = connection.runtime.runtime_flavor() == RuntimeFlavor::CurrentThread;
        let replies = ReplySink {
            connection,
            inbound,
            done: Done::default(),
            expected: None,
            process: None,
            on_one_thread,
        };
        Self { replies, receiver }
    }

    /// Runs until the connection ends, at the latest with the server's process.
    ///
    /// Takes `&mut self`: a future that captured `self` by value would store the driver twice.
    pub(super) async fn run(&mut self) {
        let mut ended = pin!(None);
        let mut timer = pin!(sleep_until(now().into()));
        let mut write_readiness = WriteReadiness::default();
        let mut woken = false;
        while let Some(WaitPlan { timer_at, writable }) = self.plan(woken) {
            if let Some(at) = timer_at {
                timer.as_mut().reset(at.into());
            }
            if let Some(server) = self.replies.process.take() {
                ended.set(Some(server.ended()));
            }
            if !writable {
                write_readiness.leave();
            } else if let Err(error) = write_readiness.watch(&self.connection().sender) {
                // No descriptor is free, for example.
                tracing::warn!(%error, "cannot wait for the server to read");
                self.connection().lock().flush.pause(now());
                continue;
            }
            woken = false;
            tokio::select! {
                biased;
                ready = self.receiver.readable() => {
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
                () = or_never(ended.as_mut()) => break,
                () = timer.as_mut() => {
                    trim_blocks();
                    woken = true;
                }
                () = self.connection().wake.notified() => {
                    // A call may be about to flush. Let it send what other tasks write as well.
                    if self.connection().lock().flush.is_scheduled() {
                        yield_now().await;
                    }
                    woken = true;
                }
            }
        }
        // Replies that the server sent before its end still count. Another process may go on sending.
        self.receiver.finish();
        for _ in 0..LAST_ROUNDS {
            if !self.is_awaited() || !matches!(self.receive(), Next::Receive | Next::Yield) {
                break;
            }
            yield_now().await;
        }
    }

    /// Ends the calls whose deadline has passed, and returns whether any are left.
    fn is_awaited(&self) -> bool {
        self.connection().update(|state, done| {
            state.machine.on_time(now(), &mut done.outcomes);
            state.machine.in_flight() > 0
        })
    }

    /// Expires calls and flushes, as far as that is due. Returns what to wait for, or `None` if the connection
    /// has ended.
    fn plan(&self, woken: bool) -> Option<WaitPlan> {
        let now = now();
        if self.replies.expected.is_some() {
            self.end_unanswered(now);
        }
        self.connection().update(|state, done| {
            state.machine.on_time(now, &mut done.outcomes);
            if state.flush.is_due(now, woken) {
                self.connection().flush(state);
            }
            if state.machine.is_over(now) {
                return None;
            }
            let mut next = state.machine.next_time();
            if let Some(until) = state.flush.paused_until() {
                next = next.min(until);
            }
            let timer_at = state.lazy_timer.set(now, next);
            Some(WaitPlan {
                timer_at,
                writable: state.flush == FlushState::Blocked,
            })
        })
    }

    /// Ends the connection to a server that has not greeted in time.
    fn end_unanswered(&self, now: Instant) {
        let Some(expected) = &self.replies.expected else {
            return;
        };
        if self.connection().lock().machine.is_unanswered(now) {
            self.connection().refuse(expected.unanswered());
        }
    }

    fn receive(&mut self) -> Next {
        receive(&mut self.receiver, DATAGRAMS_PER_ROUND, &mut self.replies)
    }

    /// Sends queued datagrams. Returns whether the server's queue is full.
    fn flush(&self) -> bool {
        self.connection().update(|state, _| {
            self.connection().flush(state);
            state.flush == FlushState::Blocked
        })
    }

    /// Returns the connection that it drives.
    pub(super) const fn connection(&self) -> &Arc<Connection> {
        &self.replies.connection
    }
}

impl Sink for ReplySink {
    fn inbound(&mut self) -> &mut Reassembler {
        &mut self.inbound
    }

    fn introduce(&mut self, sender: Option<Credentials>) -> Next {
        let Some(expected) = &self.expected else {
            return Next::Receive;
        };
        match expected.admit(sender) {
            Ok((server, process)) => {
                self.process = process;
                self.connection.introduce(server);
                Next::Receive
            }
            Err(denied) => {
                self.connection.refuse(denied);
                Next::End
            }
        }
    }

    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next {
        let Self {
            connection,
            inbound,
            done,
            on_one_thread,
            expected,
            ..
        } = self;
        let mut is_unassigned = false;
        let mut is_greeting = false;
        let next = datagram.and_then(|datagram| {
            connection.update_with(done, |state, done| {
                if state.machine.is_closed() {
                    return Ok(Next::End);
                }
                let outcomes = &mut done.outcomes;
                let event = state.machine.receive(now(), inbound, datagram, outcomes)?;
                if let Some(expected) = expected.take() {
                    is_greeting = true;
                    if let Event::Refused(cause) = event {
                        // Under the same lock, so that no call takes the server for one that has greeted.
                        state.refusal = Some(Box::new(expected.refused(cause)));
                        return Ok(Next::End);
                    }
                    // Requests that have waited for the greeting.
                    connection.flush(state);
                }
                is_unassigned = event == Event::Unassigned;
                if let Event::Announced { in_flight_limit } = event {
                    state.concurrency.lower(in_flight_limit);
                }
                Ok(match event {
                    Event::Bye => Next::End,
                    _ if state.machine.in_flight() > 0 => Next::Receive,
                    // All calls are answered. Yield, so that the woken task can send its next request before
                    // this one polls an empty socket.
                    _ if *on_one_thread || done.outcomes.len() <= 1 => Next::Yield,
                    // Many tasks are woken. If this one yields, the runtime wakes another thread for them.
                    _ => Next::Receive,
                })
            })
        });
        if is_greeting {
            connection.greeted();
        }
        if is_unassigned {
            log_unassigned();
        }
        next.unwrap_or_else(|violation| {
            log_loss(&format_args!("it broke the protocol: {violation}"));
            connection.disconnect(Some(violation));
            Next::End
        })
    }

    fn end(&mut self) -> Next {
        Next::End
    }

    fn report_problem(&mut self, what: &dyn Display) {
        log_loss(what);
    }

    fn pass_over(&mut self) {
        self.connection.lock().foreign_datagrams += 1;
    }
}

impl Drop for ClientDriver {
    /// Fails all calls, however the driver ends: its runtime may end as well.
    fn drop(&mut self) {
        self.connection().disconnect(None);
    }
}

/// Awaits a future, or nothing at all.
async fn or_never(future: Pin<&mut Option<impl Future<Output = ()>>>) {
    match future.as_pin_mut() {
        Some(future) => future.await,
        None => pending().await,
    }
}

/// Logs a reply that belongs to no call.
#[cold]
fn log_unassigned() {
    tracing::warn!("{UNASSIGNED}");
}

/// The number of datagrams that are received before the driver yields to other tasks.
const DATAGRAMS_PER_ROUND: usize = 64;

/// The rounds that receive all datagrams that a server can have in flight: the kernel queues 278 datagrams of
/// a few bytes, and 1366 of a server that sends large messages.
const LAST_ROUNDS: usize = 32;
