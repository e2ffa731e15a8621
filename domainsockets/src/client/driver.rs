//! The task that receives replies and keeps time for a connection.

use std::fmt::Display;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::RuntimeFlavor;
use tokio::task::yield_now;
use tokio::time::sleep_until;

use super::connection::{Connection, Done, log_loss};
use crate::driver::{FlushState, Next, Sink, now, receive};
use crate::proto::Event;
use crate::transport::{Process, Receiver, WriteReadiness};
use crate::wire::{Reassembler, WireError, max_total, trim_blocks};

/// Drives one connection, which ends with it.
pub(super) struct ClientDriver {
    replies: ReplySink,
    receiver: Receiver,
}

/// Takes replies out of datagrams and tells their calls.
struct ReplySink {
    connection: Arc<Connection>,
    inbound: Reassembler,
    /// Kept between datagrams for its capacity.
    done: Done,
    /// Whether the runtime has one thread. One with several has another thread look for work when a task
    /// lets others go first.
    on_one_thread: bool,
}

/// What the driver is to wait for, apart from replies.
struct WaitPlan {
    /// When the timer is to fire, if not as it is set.
    rearm: Option<Instant>,
    /// Whether the server's queue is full.
    for_room: bool,
}

impl ClientDriver {
    /// The driver of a connection whose handshake is done, for messages of at most `max_message_size` bytes.
    pub(super) fn new(
        connection: Arc<Connection>,
        receiver: Receiver,
        max_message_size: usize,
    ) -> Self {
        let inbound = Reassembler::new(max_total(max_message_size));
        let on_one_thread = connection.runtime.runtime_flavor() == RuntimeFlavor::CurrentThread;
        let replies = ReplySink {
            connection,
            inbound,
            done: Done::default(),
            on_one_thread,
        };
        Self { replies, receiver }
    }

    /// Drives until the connection is over, with the server's process at the latest.
    ///
    /// A future that took the whole of it would hold it twice.
    pub(super) async fn run(&mut self, server: Process) {
        let mut ended = pin!(server.ended());
        let mut timer = pin!(sleep_until(now().into()));
        let mut room = WriteReadiness::default();
        let mut woken = false;
        while let Some(WaitPlan { rearm, for_room }) = self.plan(woken) {
            if let Some(at) = rearm {
                timer.as_mut().reset(at.into());
            }
            if !for_room {
                room.leave();
            } else if let Err(error) = room.watch(&self.connection().sender) {
                // No descriptor is free, say.
                tracing::warn!(%error, "cannot wait for room at the server");
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
                        Next::End => break,
                    }
                }
                vacancy = room.vacancy() => match vacancy {
                    Ok(vacancy) => vacancy.fill(|| self.flush()),
                    Err(_) => break,
                },
                () = &mut ended => break,
                () = timer.as_mut() => {
                    trim_blocks();
                    woken = true;
                }
                () = self.connection().wake.notified() => {
                    // The task that has promised to send may still do so, together with what others write.
                    if self.connection().lock().flush.is_scheduled() {
                        yield_now().await;
                    }
                    woken = true;
                }
            }
        }
        // What the server had still sent is as good as before. Somebody may go on sending.
        self.receiver.finish();
        for _ in 0..LAST_TURNS {
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

    /// Does what is due, and says what to wait for; `None` if the connection is over.
    fn plan(&self, woken: bool) -> Option<WaitPlan> {
        let now = now();
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
            let rearm = state.alarm.set(now, next);
            Some(WaitPlan {
                rearm,
                for_room: state.flush == FlushState::Blocked,
            })
        })
    }

    fn receive(&mut self) -> Next {
        receive(&mut self.receiver, DATAGRAMS_PER_TURN, &mut self.replies)
    }

    /// Sends what waits. Returns whether the server's queue is full.
    fn flush(&self) -> bool {
        self.connection().update(|state, _| {
            self.connection().flush(state);
            state.flush == FlushState::Blocked
        })
    }

    /// What it drives.
    pub(super) const fn connection(&self) -> &Arc<Connection> {
        &self.replies.connection
    }
}

impl Sink for ReplySink {
    fn inbound(&mut self) -> &mut Reassembler {
        &mut self.inbound
    }

    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next {
        let Self {
            connection,
            inbound,
            done,
            on_one_thread,
        } = self;
        let next = datagram.and_then(|datagram| {
            connection.update_with(done, |state, done| {
                if state.machine.is_closed() {
                    return Ok(Next::End);
                }
                let outcomes = &mut done.outcomes;
                let event = state.machine.receive(now(), inbound, datagram, outcomes)?;
                if let Event::Announced { in_flight_limit } = event {
                    state.turns.limit(in_flight_limit);
                }
                Ok(match event {
                    Event::Bye => Next::End,
                    _ if state.machine.in_flight() > 0 => Next::Receive,
                    // Nothing more is expected. The answered task runs first, so that its next call
                    // is sent before the driver finds the queue empty.
                    _ if *on_one_thread || done.outcomes.len() <= 1 => Next::Yield,
                    // They are many, and another thread would be woken to share them.
                    _ => Next::Receive,
                })
            })
        });
        next.unwrap_or_else(|violation| {
            log_loss(&format_args!("it broke the protocol: {violation}"));
            connection.disconnect(Some(violation));
            Next::End
        })
    }

    fn report_problem(&mut self, what: &dyn Display) {
        log_loss(what);
    }

    fn pass_over(&mut self) {
        self.connection.lock().foreign_datagrams += 1;
    }
}

impl Drop for ClientDriver {
    /// However the driver ends, with its runtime too, no call is left waiting.
    fn drop(&mut self) {
        self.connection().disconnect(None);
    }
}

/// How many datagrams are taken before other tasks have their turn.
const DATAGRAMS_PER_TURN: usize = 64;

/// How many turns are enough for all that a server can have on its way: datagrams of a few bytes, of which
/// the kernel takes 278, and 1366 of one that sends large messages.
const LAST_TURNS: usize = 32;
