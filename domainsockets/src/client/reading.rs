//! Receiving the replies of a connection, and waking the calls that they answer.

use std::fmt::Display;
use std::hint;
use std::time::{Duration, Instant};

use super::connection::{Connection, log_loss};
use super::reply_reader::{ReplyBuffer, ReplyReader};
use crate::driver::{Next, Sink, may_poll_here, now, receive, receive_polled, spend};
use crate::peer::Credentials;
use crate::proto::{Event, UNASSIGNED};
use crate::wire::{Reassembler, WireError};

/// The replies of a connection, while they are received.
struct Reading<'a> {
    connection: &'a Connection,
    replies: &'a mut ReplyBuffer,
}

/// The result of polling for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PollResult {
    /// The reply was received.
    Hit {
        /// Whether the thread has polled for as long as it may, so that its other tasks have to run now.
        yields: bool,
    },
    /// The driver has to go on.
    Miss,
}

/// Receives replies, a bounded number of datagrams.
pub(super) fn receive_replies(connection: &Connection, reader: &mut ReplyReader) -> Next {
    let ReplyReader {
        receiver, replies, ..
    } = reader;
    let mut reading = Reading {
        connection,
        replies,
    };
    receive(receiver, DATAGRAMS_PER_ROUND, &mut reading)
}

/// Polls for the reply of a call until `is_answered`, as long as that may pay off.
pub(super) fn poll_for_reply(
    connection: &Connection,
    reader: &mut ReplyReader,
    mut is_answered: impl FnMut() -> bool,
) -> PollResult {
    let begun = Instant::now();
    let mut took = Duration::ZERO;
    let time = reader.time;
    if may_poll_here(connection.id(), begun) {
        let ReplyReader {
            receiver, replies, ..
        } = &mut *reader;
        let mut reading = Reading {
            connection,
            replies,
        };
        while took < time {
            match receive_polled(receiver, &mut reading) {
                Next::Wait => hint::spin_loop(),
                Next::End => {
                    reader.has_ended = true;
                    return PollResult::Miss;
                }
                Next::Receive | Next::Yield | Next::Pause => {
                    if is_answered() {
                        reader.busy_poll.hit(begun.elapsed());
                        return PollResult::Hit {
                            yields: spend(begun.elapsed(), reader.busy_poll.budget()),
                        };
                    }
                }
            }
            took = begun.elapsed();
        }
        reader.busy_poll.miss();
        spend(took, reader.busy_poll.budget());
    }
    PollResult::Miss
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
        let ReplyBuffer {
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

/// Logs a reply that belongs to no call.
#[cold]
fn log_unassigned() {
    tracing::warn!("{UNASSIGNED}");
}

/// The number of datagrams that are received before the driver yields to other tasks.
const DATAGRAMS_PER_ROUND: usize = 64;
