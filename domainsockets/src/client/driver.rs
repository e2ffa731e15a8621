//! The task of a connection: it receives replies, checks deadlines, sends keep-alives, and sends requests that
//! callers could not send.

use std::future::pending;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::RuntimeFlavor;
use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until};

use super::connection::Connection;
use super::reading::receive_replies;
use super::reply_reader::ReplyReader;
use crate::dial::ExpectedServer;
use crate::driver::{DESCRIPTOR_PAUSE, FlushState, Next, now};
use crate::transport::{Process, Receiver, WriteReadiness};
use crate::wire::trim_blocks;

/// The driver of a connection. The connection ends with it.
pub(super) struct ClientDriver {
    connection: Arc<Connection>,
    /// `None` while it is lent to a call.
    reader: Option<Box<ReplyReader>>,
}

/// The events that the driver waits for, apart from replies.
struct WaitPlan {
    /// The time to set the timer to, if it is not set right.
    timer_at: Option<Instant>,
    /// Whether the driver waits until the server's queue has room (backpressure).
    writable: bool,
    /// The server's process, if the driver does not watch it yet.
    process: Option<Process>,
}

/// What a driver needs to know of its connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct DriverConfig {
    /// The largest data of a message, in bytes.
    pub(super) max_message_size: usize,
    /// For how long a call polls for its reply.
    pub(super) busy_poll: Duration,
}

impl ClientDriver {
    /// Returns the driver of a connection to this process.
    pub(super) fn new(
        connection: Arc<Connection>,
        receiver: Receiver,
        process: Process,
        config: DriverConfig,
    ) -> Self {
        connection.lock().process = Some(process);
        Self::over(connection, receiver, config)
    }

    /// Returns the driver of a connection whose server is not known yet. The first call may poll for its reply.
    pub(super) fn expecting(
        connection: Arc<Connection>,
        receiver: Receiver,
        expected: ExpectedServer,
        config: DriverConfig,
    ) -> Self {
        connection.lock().expected = Some(Box::new(expected));
        let mut driver = Self::over(connection, receiver, config);
        driver.connection.lock().lending.begin_call(true);
        driver.lend();
        driver
    }

    fn over(connection: Arc<Connection>, receiver: Receiver, config: DriverConfig) -> Self {
        let DriverConfig {
            max_message_size,
            busy_poll,
        } = config;
        let on_one_thread = connection.runtime.runtime_flavor() == RuntimeFlavor::CurrentThread;
        let reader = ReplyReader::new(receiver, on_one_thread, max_message_size, busy_poll);
        Self {
            connection,
            reader: Some(Box::new(reader)),
        }
    }

    /// Runs until the connection ends, at the latest with the server's process.
    ///
    /// Takes `&mut self`: a future that captured `self` by value would store the driver twice.
    pub(super) async fn run(&mut self) {
        let mut ended = pin!(None);
        let mut timer = pin!(sleep_until(now().into()));
        let mut write_readiness = WriteReadiness::default();
        let mut woken = false;
        let mut is_idle = false;
        loop {
            if self.reader.is_none() {
                self.take_back(false, is_idle);
            }
            if let Some(reader) = &mut self.reader {
                if reader.has_ended {
                    break;
                }
                if let Err(error) = reader.register() {
                    tracing::warn!(%error, "cannot wait for the server");
                    break;
                }
            }
            let Some(plan) = self.plan(woken) else { break };
            if let Some(at) = plan.timer_at {
                timer.as_mut().reset(at.into());
            }
            if let Some(server) = plan.process {
                ended.set(Some(server.ended()));
            }
            if !plan.writable {
                write_readiness.leave();
            } else if let Err(error) = write_readiness.watch(&self.connection.sender) {
                // No descriptor is free, for example.
                tracing::warn!(%error, "cannot wait for the server to read");
                self.connection.lock().flush.pause(now());
                continue;
            }
            woken = false;
            is_idle = false;
            tokio::select! {
                biased;
                ready = readable(self.reader.as_deref()) => {
                    let next = if ready.is_ok() { self.receive() } else { Next::End };
                    match next {
                        Next::Receive | Next::Yield | Next::Wait if self.lend() => {}
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
                    is_idle = true;
                }
                () = self.connection.wake.notified() => {
                    // A call may be about to flush. Let it send what other tasks write as well.
                    if self.connection.lock().flush.is_scheduled() {
                        yield_now().await;
                    }
                    woken = true;
                }
            }
        }
        self.receive_last().await;
    }

    /// Receives the replies that the server sent before its end, which still count. Another process may go on sending.
    async fn receive_last(&mut self) {
        while self.reader.is_none() && self.connection.lock().lending.is_lent() {
            self.take_back(true, true);
            if self.reader.is_none() {
                // A call gives it back in a moment.
                self.connection.wake.notified().await;
            }
        }
        if let Some(reader) = &mut self.reader {
            reader.finish();
        }
        for _ in 0..LAST_ROUNDS {
            if !self.is_awaited() || !matches!(self.receive(), Next::Receive | Next::Yield) {
                break;
            }
            yield_now().await;
        }
    }

    /// Lends the reader to the next call, if no call is in flight, and polling for the next reply is worth while. Returns
    /// whether it did.
    fn lend(&mut self) -> bool {
        let mut state = self.connection.lock();
        let is_lone = state.machine.in_flight() == 0 && state.lending.is_sequential();
        if let Some(mut reader) = self.reader.take_if(|_| is_lone) {
            if reader.prepare(self.connection.id()) {
                state.lending.lend(reader);
                return true;
            }
            self.reader = Some(reader);
        }
        false
    }

    /// Takes the reader back, if it `is_wanted` or recalled. If the timer has fired (`is_idle`), takes it back unless calls
    /// have used it meanwhile.
    fn take_back(&mut self, is_wanted: bool, is_idle: bool) {
        let mut state = self.connection.lock();
        self.reader = state.lending.take_back(is_wanted, is_idle);
    }

    /// Ends the calls whose deadline has passed, and returns whether any are left.
    fn is_awaited(&self) -> bool {
        self.connection.update(|state, done| {
            state.machine.on_time(now(), &mut done.outcomes);
            state.machine.in_flight() > 0
        })
    }

    /// Expires calls and flushes, as far as that is due. Returns what to wait for, or `None` if the connection
    /// has ended.
    fn plan(&self, woken: bool) -> Option<WaitPlan> {
        let now = now();
        self.connection.end_unanswered(now);
        self.connection.update(|state, done| {
            state.machine.on_time(now, &mut done.outcomes);
            if state.flush.is_due(now, woken) {
                self.connection.flush(state);
            }
            if state.machine.is_over(now) {
                return None;
            }
            let mut next = state.machine.next_time();
            if let Some(until) = state.flush.paused_until() {
                next = next.min(until);
            }
            if state.lending.is_lent() {
                next = next.min(now + LENDING_PERIOD);
            }
            let timer_at = state.lazy_timer.set(now, next);
            Some(WaitPlan {
                timer_at,
                writable: state.flush == FlushState::Blocked,
                process: state.process.take(),
            })
        })
    }

    fn receive(&mut self) -> Next {
        match &mut self.reader {
            Some(reader) => receive_replies(&self.connection, reader),
            None => Next::Wait,
        }
    }

    /// Sends queued datagrams. Returns whether the server's queue is full.
    fn flush(&self) -> bool {
        self.connection.update(|state, _| {
            self.connection.flush(state);
            state.flush == FlushState::Blocked
        })
    }

    /// Returns the connection that it drives.
    pub(super) const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for ClientDriver {
    /// Fails all calls, however the driver ends: its runtime may end as well.
    fn drop(&mut self) {
        self.connection.disconnect(None);
    }
}

async fn readable(reader: Option<&ReplyReader>) -> io::Result<()> {
    match reader {
        Some(reader) => reader.readable().await,
        None => pending().await,
    }
}

/// Awaits a future, or nothing at all.
async fn or_never(future: Pin<&mut Option<impl Future<Output = ()>>>) {
    match future.as_pin_mut() {
        Some(future) => future.await,
        None => pending().await,
    }
}

/// How long the reader may be lent without being used. Meanwhile nothing receives what the server sends by itself.
const LENDING_PERIOD: Duration = Duration::from_millis(2);

/// The rounds that receive all datagrams that a server can have in flight: the kernel queues 278 datagrams of
/// a few bytes, and 1366 of a server that sends large messages.
const LAST_ROUNDS: usize = 32;
