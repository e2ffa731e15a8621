//! The reader of a connection's replies: it receives datagrams, and wakes the calls that they answer.

use std::fmt::Display;
use std::hint;
use std::io;
use std::ptr;
use std::time::{Duration, Instant};

use tokio::runtime::RuntimeFlavor;

use super::connection::{Connection, Done, log_loss};
use crate::driver::{BusyPoll, Next, Sink, may_poll_here, now, receive, receive_polled, spend};
use crate::peer::Credentials;
use crate::proto::{Event, UNASSIGNED};
use crate::transport::{Receiver, TryReceive};
use crate::wire::{Reassembler, WireError, max_total};

/// The reader of a connection's replies.
///
/// The driver has it, and lends it to a call that is alone on the connection: the call then receives its own reply,
/// without a switch to another task.
#[derive(Debug)]
pub(super) struct ReplyReader {
    receiver: Receiver,
    busy_poll: BusyPoll,
    /// For how long the next call polls.
    time: Duration,
    replies: Replies,
    /// Whether the server has ended the connection, or broken the protocol.
    pub(super) has_ended: bool,
}

#[derive(Debug)]
struct Replies {
    inbound: Reassembler,
    /// Kept between datagrams, so that its memory is reused.
    done: Done,
    /// Whether the runtime has one thread. One with several has another thread look for work when a task
    /// lets others go first.
    on_one_thread: bool,
}

/// The replies of a connection, while they are received.
struct Reading<'a> {
    connection: &'a Connection,
    replies: &'a mut Replies,
}

/// The result of polling for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Polled {
    /// The reply has come. `yields` tells whether other tasks of the thread have to run now.
    Hit { yields: bool },
    /// The driver has to go on.
    Miss,
}

impl ReplyReader {
    /// Returns the reader of a connection, for messages of at most `max_message_size` bytes.
    pub(super) fn new(
        connection: &Connection,
        receiver: Receiver,
        max_message_size: usize,
        busy_poll: Duration,
    ) -> Self {
        let on_one_thread = connection.runtime.runtime_flavor() == RuntimeFlavor::CurrentThread;
        Self {
            receiver,
            busy_poll: BusyPoll::new(busy_poll),
            time: Duration::ZERO,
            replies: Replies {
                inbound: Reassembler::new(max_total(max_message_size)),
                done: Done::default(),
                on_one_thread,
            },
            has_ended: false,
        }
    }

    /// Prepares to be lent to a call. Returns whether polling is worth while.
    pub(super) fn prepare(&mut self, connection: &Connection) -> bool {
        if !self.busy_poll.is_on() || self.has_ended || !self.receiver.has_descriptor_room() {
            return false;
        }
        if !may_poll_here(id_of(connection), Instant::now()) {
            return false;
        }
        match self.busy_poll.begin() {
            Some(time) => {
                self.time = time;
                self.receiver.unregister();
                true
            }
            None => false,
        }
    }

    /// Has the runtime wait for replies.
    pub(super) fn register(&mut self) -> io::Result<()> {
        self.receiver.register()
    }

    /// Waits until a reply may have arrived.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.receiver.readable().await
    }

    /// Receives from now on without asking the runtime for readiness.
    pub(super) fn finish(&mut self) {
        self.receiver.unregister();
        self.receiver.finish();
    }

    /// Receives replies, a bounded number of datagrams.
    pub(super) fn receive(&mut self, connection: &Connection) -> Next {
        let Self {
            receiver, replies, ..
        } = self;
        let mut reading = Reading {
            connection,
            replies,
        };
        receive(receiver, DATAGRAMS_PER_ROUND, &mut reading)
    }

    /// Polls for the reply of a call until `is_answered`, as long as that may pay off.
    pub(super) fn poll(
        &mut self,
        connection: &Connection,
        mut is_answered: impl FnMut() -> bool,
    ) -> Polled {
        let begun = Instant::now();
        let mut took = Duration::ZERO;
        if may_poll_here(id_of(connection), begun) {
            let Self {
                receiver, replies, ..
            } = self;
            let mut reading = Reading {
                connection,
                replies,
            };
            while took < self.time {
                match receive_polled(receiver, &mut reading) {
                    Next::Wait => hint::spin_loop(),
                    Next::End => {
                        self.has_ended = true;
                        return Polled::Miss;
                    }
                    Next::Receive | Next::Yield | Next::Pause => {
                        if is_answered() {
                            self.busy_poll.hit(begun.elapsed());
                            return Polled::Hit {
                                yields: spend(begun.elapsed(), self.busy_poll.budget()),
                            };
                        }
                    }
                }
                took = begun.elapsed();
            }
            self.busy_poll.miss();
            spend(took, self.busy_poll.budget());
        }
        Polled::Miss
    }
}

impl Sink for Reading<'_> {
    fn inbound(&mut self) -> &mut Reassembler {
        &mut self.replies.inbound
    }

    fn introduce(&mut self, sender: Option<Credentials>) -> Next {
        self.connection.introduce(sender)
    }

    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next {
        let connection = self.connection;
        let Replies {
            inbound,
            done,
            on_one_thread,
        } = self.replies;
        let mut is_unassigned = false;
        let mut is_greeting = false;
        let next = datagram.and_then(|datagram| {
            connection.update_with(done, |state, done| {
                if state.machine.is_closed() {
                    return Ok(Next::End);
                }
                let outcomes = &mut done.outcomes;
                let event = state.machine.receive(now(), inbound, datagram, outcomes)?;
                if let Some(expected) = state.expected.take() {
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

/// Returns what tells a connection from the others of the process.
fn id_of(connection: &Connection) -> usize {
    ptr::from_ref(connection).addr()
}

/// Logs a reply that belongs to no call.
#[cold]
fn log_unassigned() {
    tracing::warn!("{UNASSIGNED}");
}

/// The number of datagrams that are received before the driver yields to other tasks.
const DATAGRAMS_PER_ROUND: usize = 64;
