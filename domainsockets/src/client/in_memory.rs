//! A client of a server in memory.

use std::sync::Arc;

use super::{Client, ClientBuilder};
use crate::Peer;
use crate::transport::MemoryEnd;

impl ClientBuilder {
    /// Calls the server at the other end.
    pub(crate) fn join(self, server: Peer, end: MemoryEnd) -> Client {
        let connection = self.connection(server, end.sender);
        let mut driver = self.driver(Arc::clone(&connection), end.receiver);
        tokio::spawn(async move { driver.run(end.process).await });
        Client::once(connection, self.settings.deadline)
    }
}
