//! What arrives for a client.

use std::fmt::Display;

use super::now;
use crate::driver::{Next, Sink};
use crate::proto::{ClientConnection, Event, Outcome};
use crate::wire::{Reassembler, WireError};

/// Takes replies out of datagrams.
#[derive(Debug)]
pub(super) struct Replies {
    /// Each call has a number.
    pub(super) machine: ClientConnection<u64>,
    pub(super) inbound: Reassembler,
    /// How calls have ended, by their numbers, that is not looked at yet.
    pub(super) done: Vec<(u64, Outcome)>,
    /// Whether nothing comes any more.
    pub(super) is_over: bool,
}

impl Replies {
    /// Ends the connection.
    pub(super) fn lose(&mut self, violation: Option<WireError>) {
        self.is_over = true;
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
            is_over,
        } = self;
        if *is_over {
            return Next::End;
        }
        let event = datagram.and_then(|datagram| machine.receive(now(), inbound, datagram, done));
        match event {
            Ok(Event::Bye) => Next::End,
            // Whoever has been answered goes on.
            Ok(_) if !done.is_empty() => Next::Wait,
            Ok(_) => Next::Receive,
            Err(violation) => {
                tracing::warn!(%violation, "the server broke the protocol");
                self.lose(Some(violation));
                Next::End
            }
        }
    }

    fn pass_over(&mut self) {}

    fn log_problem(&self, what: &dyn Display) {
        tracing::warn!(kind = "receiving", "the server is lost: {what}");
    }
}
