//! The sockets of a connection that nobody has asked for yet.

use std::io;

use crate::transport::{Sender, Unbound};

/// What a server keeps at hand for the next client, which then waits for its answer the less: each of the
/// system calls that make it is made while a client reads the answer before.
#[derive(Debug)]
pub(super) struct Spare {
    pub(super) sender: Sender,
    pub(super) unbound: Unbound,
}

impl Spare {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            sender: Sender::unconnected()?,
            unbound: Unbound::new()?,
        })
    }
}
