//! A client that is joined to a server in memory, for tests.

use std::sync::Arc;
use std::time::Duration;

use super::connection::Connection;
use super::driver::{ClientDriver, DriverConfig};
use super::{Client, ClientBuilder};
use crate::Peer;
use crate::transport::MemoryEnd;

impl ClientBuilder {
    /// Returns a client of the server at the other end.
    pub(crate) fn join(self, server: Peer, end: MemoryEnd) -> Client {
        let config = self.config;
        let connection = Arc::new(Connection::new(Some(server), end.sender, &config));
        let driver_config = DriverConfig {
            max_message_size: config.connection.max_message_size,
            // There is no socket to poll.
            busy_poll: Duration::ZERO,
        };
        let mut driver = ClientDriver::new(
            Arc::clone(&connection),
            end.receiver,
            end.process,
            driver_config,
        );
        tokio::spawn(async move { driver.run().await });
        Client::direct(connection, config.deadline)
    }
}
