//! The replies of a blocking client's connection: received datagrams, converted into outcomes of calls.

use std::fmt::Display;

use super::now;
use crate::call::Method;
use crate::dial::DialConfig;
use crate::driver::{Next, Sink};
use crate::proto::{ClientConnection, Event, Outcome};
use crate::wire::{Reassembler, WireError, max_total};

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
}

impl Replies {
    pub(super) fn new(config: &DialConfig) -> Self {
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

    /// Ends the connection, and all calls with it. `violation` is what the server did wrong, if anything.
    pub(super) fn end(&mut self, violation: Option<WireError>) {
        self.machine.disconnect(violation, &mut self.done);
    }
}

impl Sink for Replies {
    fn inbound(&mut self) -> &mut Reassembler {
        &mut self.inbound
    }

    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next {
        let Self {
            machine,
            inbound,
            done,
            is_draining,
            in_flight_limit,
            ..
        } = self;
        if machine.is_closed() {
            return Next::End;
        }
        let event = datagram.and_then(|datagram| machine.receive(now(), inbound, datagram, done));
        match event {
            Ok(Event::Bye) => Next::End,
            Ok(event) => {
                if let Event::Announced {
                    in_flight_limit: announced,
                } = event
                {
                    let announced = usize::try_from(announced).unwrap_or(usize::MAX).max(1);
                    *in_flight_limit = announced.min(*in_flight_limit);
                }
                // Stop receiving once calls are answered, so that their threads are woken at once.
                if done.is_empty() || *is_draining {
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
