//! A client of a server in memory.

use super::dial::Handshake;
use super::{Client, ClientBuilder};
use crate::Peer;
use crate::transport::MemoryEnd;

impl ClientBuilder {
    /// Calls the server at the other end.
    pub(crate) fn join(self, server: Peer, end: MemoryEnd) -> Client {
        let handshake = Handshake {
            receiver: end.receiver,
            sender: end.sender,
            server,
            process: end.process,
        };
        let (connection, driver) = handshake.open(&self);
        tokio::spawn(driver);
        Client::once(connection, self.settings.deadline)
    }
}
