//! The sockets of a connection that nobody has asked for yet.

use std::io;

use crate::transport::{Sender, Unbound};

/// What a server keeps at hand for the next client, which then waits less for its answer: it is made while
/// the client before reads its own.
#[derive(Debug)]
pub(super) struct PreparedSockets {
    /// It has not sent anything, whatever it may be connected to since a client could not be reached.
    pub(super) sender: Sender,
    pub(super) unbound: Unbound,
}

impl PreparedSockets {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            sender: Sender::unconnected()?,
            unbound: Unbound::new()?,
        })
    }
}
