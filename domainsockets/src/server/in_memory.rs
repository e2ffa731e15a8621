//! A server that has one client, in memory, and no name.

use std::sync::Arc;

use super::connection::Connection;
use super::parts::ConnectionParts;
use super::quota::UserQuota;
use super::{Methods, ServerBuilder};
use crate::request::Signal;
use crate::stats::ServerCounters;
use crate::transport::{MemoryEnd, no_file};
use crate::{Peer, ServerStats};

/// What a test holds of such a server.
#[derive(Debug)]
pub(crate) struct Served {
    connection: Arc<Connection>,
    counters: Arc<ServerCounters>,
    shutting_down: Arc<Signal>,
}

impl ServerBuilder {
    /// Serves the client at the other end.
    pub(crate) fn serve(self, methods: Methods, peer: Peer, end: MemoryEnd) -> Served {
        let quota = Arc::new(UserQuota::new(self.config.user));
        let counters: Arc<ServerCounters> = Arc::default();
        let parts = ConnectionParts {
            peer,
            sender: end.sender,
            receiver: end.receiver,
            file: no_file(),
        };
        let config = self.config.connection;
        let shutting_down: Arc<Signal> = Arc::default();
        let (connection, mut driver) = parts.open(
            Arc::clone(&shutting_down),
            quota,
            Arc::default(),
            config,
            Arc::new(methods),
            Arc::clone(&counters),
        );
        tokio::spawn(async move { driver.run().await });
        Served {
            connection,
            counters,
            shutting_down,
        }
    }
}

impl Served {
    /// Accepts no more requests, and ends when the running handlers have ended.
    pub(crate) fn drain(&self) {
        self.shutting_down.set();
        self.connection.drain();
    }

    /// Ends now, in order.
    pub(crate) fn end(&self) {
        self.shutting_down.set();
        self.connection.end();
    }

    /// Ends now, and sends nothing to the client: it is gone, or this server is.
    pub(crate) fn abandon(&self) {
        self.connection.abandon();
    }

    pub(crate) fn stats(&self) -> ServerStats {
        self.counters.read()
    }
}
