//! The replies of a blocking client's connection: received datagrams, converted into outcomes of calls.

use std::fmt::Display;
use std::mem;

use std::time::Instant;

use super::now;
use crate::call::{CallFailure, Method};
use crate::dial::{DialConfig, ExpectedServer};
use crate::driver::{Next, Sink};
use crate::peer::Credentials;
use crate::proto::{ClientConnection, Event, Outcome, UNASSIGNED};
use crate::transport::Process;
use crate::wire::{Reassembler, WireError, max_total};
use crate::{Error, Peer};

/// The state machine of a connection, and the outcomes of calls that received datagrams have ended.
#[derive(Debug)]
pub(super) struct Replies {
    /// The state machine, which identifies calls by their numbers.
    pub(super) machine: ClientConnection<u64, &'static Method>,
    inbound: Reassembler,
    /// Outcomes by the numbers of their calls, until the threads of these calls take them.
    pub(super) done: Vec<(u64, Outcome)>,
    /// The reason why the connection was lost, until it is logged.
    pub(super) problem: Option<String>,
    /// Whether everything that has arrived is to be received, also after a call has been answered.
    pub(super) is_draining: bool,
    /// The limit of calls in flight: this client's, or the server's if that is lower.
    pub(super) in_flight_limit: usize,
    /// The server's process, once it is known, and what watches it, if it is visible.
    pub(super) server: Option<(Peer, Option<Process>)>,
    /// `None` once the server is known.
    expected: Option<ExpectedServer>,
    /// The reason why the connection has failed before the server has greeted.
    pub(super) refusal: Option<Error>,
    /// Whether a call has ended with that reason.
    is_refusal_told: bool,
    /// Whether the server has greeted, or the connection has ended, since the waiting threads were woken.
    pub(super) has_changed: bool,
}

/// A server at the end of its handshake.
#[derive(Debug)]
pub(super) enum DialledServer {
    Known(Peer, Process),
    /// It has not sent anything yet.
    Expected(ExpectedServer),
}

impl Replies {
    pub(super) fn new(config: &DialConfig, server: DialledServer) -> Self {
        let (server, expected) = match server {
            DialledServer::Known(peer, process) => (Some((peer, Some(process))), None),
            DialledServer::Expected(expected) => (None, Some(expected)),
        };
        let DialConfig {
            connection,
            max_in_flight,
            ..
        } = config;
        Self {
            inbound: Reassembler::new(max_total(connection.max_message_size)),
            machine: ClientConnection::new(connection.clone(), now()),
            done: Vec::new(),
            problem: None,
            is_draining: false,
            in_flight_limit: *max_in_flight,
            server,
            expected,
            refusal: None,
            is_refusal_told: false,
            has_changed: false,
        }
    }

    /// Returns how many more calls may be in flight.
    pub(super) fn permits_left(&self) -> usize {
        self.in_flight_limit
            .saturating_sub(self.machine.in_flight())
    }

    /// Returns whether one more call may be in flight.
    pub(super) fn has_permit(&self) -> bool {
        self.permits_left() > 0
    }

    /// Takes the message that is not received completely.
    pub(super) fn take_inbound(&mut self) -> Reassembler {
        mem::replace(&mut self.inbound, Reassembler::new(0))
    }

    /// Ends the connection to a server that has not greeted in time.
    pub(super) fn end_unanswered(&mut self, now: Instant) {
        if self.machine.is_unanswered(now)
            && let Some(expected) = self.expected.take()
        {
            self.refusal = Some(expected.unanswered());
            self.end(None);
        }
    }

    /// Returns the failure of a call whose connection has ended: the reason, if it ended before the server has greeted.
    pub(super) fn explain(&mut self, failure: CallFailure) -> CallFailure {
        match (&failure.error, &self.refusal) {
            (Error::Disconnected { may_have_run }, Some(reason)) => {
                self.is_refusal_told = true;
                CallFailure {
                    was_sent: *may_have_run && reason.may_have_run(),
                    error: reason.clone(),
                }
            }
            _ => failure,
        }
    }

    /// Returns the reason why the connection has failed before the server has greeted, unless a call has ended with it.
    pub(super) fn take_untold_refusal(&mut self) -> Option<Error> {
        self.refusal.take().filter(|_| !self.is_refusal_told)
    }

    /// Ends the connection, and all calls with it. `violation` is what the server did wrong, if anything.
    pub(super) fn end(&mut self, violation: Option<WireError>) {
        self.has_changed = true;
        self.machine.disconnect(violation, &mut self.done);
    }
}

impl Sink for Replies {
    fn inbound(&mut self) -> &mut Reassembler {
        &mut self.inbound
    }

    fn introduce(&mut self, sender: Option<Credentials>) -> Next {
        let Some(expected) = &self.expected else {
            return Next::Receive;
        };
        match expected.admit(sender) {
            Ok(server) => {
                self.server = Some(server);
                self.machine.introduced();
                Next::Receive
            }
            Err(denied) => {
                self.refusal = Some(denied);
                Next::End
            }
        }
    }

    fn end(&mut self) -> Next {
        Next::End
    }

    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next {
        let Self {
            machine,
            inbound,
            done,
            is_draining,
            in_flight_limit,
            expected,
            refusal,
            has_changed,
            ..
        } = self;
        if machine.is_closed() {
            return Next::End;
        }
        let event = datagram.and_then(|datagram| machine.receive(now(), inbound, datagram, done));
        let greeting = expected.take();
        *has_changed |= greeting.is_some();
        match event {
            Ok(Event::Bye) => Next::End,
            Ok(Event::Refused(reason)) => {
                *refusal = greeting.map(|expected| expected.refused(reason));
                Next::End
            }
            Ok(event) => {
                if event == Event::Unassigned {
                    self.problem = Some(UNASSIGNED.to_owned());
                }
                if let Event::Announced {
                    in_flight_limit: announced,
                } = event
                {
                    let announced = usize::try_from(announced).unwrap_or(usize::MAX).max(1);
                    *in_flight_limit = announced.min(*in_flight_limit);
                }
                // Stop receiving once calls are answered, so that their threads are woken at once.
                if done.is_empty() && greeting.is_none() || *is_draining {
                    Next::Receive
                } else {
                    Next::Wait
                }
            }
            Err(violation) => {
                self.problem = Some(format!("it broke the protocol: {violation}"));
                self.end(Some(violation));
                Next::End
            }
        }
    }

    fn pass_over(&mut self) {}

    fn report_problem(&mut self, what: &dyn Display) {
        self.problem = Some(what.to_string());
    }
}
