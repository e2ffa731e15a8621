//! The sockets of the next connection, prepared before a client asks for it.

use std::io;

use crate::transport::{Sender, Unbound};

/// The sockets of the next connection. The server creates them after it has answered a client, so that the next client
/// waits less for its answer.
#[derive(Debug)]
pub(super) struct PreparedSockets {
    /// It has not sent anything. It may be connected to a client that could not be reached.
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
