//! The parts of a connection: builds its shared state, dispatcher and driver.

use std::sync::Arc;

use super::Methods;
use super::connection::Connection;
use super::dispatch::Dispatcher;
use super::driver::ServerDriver;
use super::log_throttle::LogThrottle;
use super::quota::UserQuota;
use crate::Peer;
use crate::proto::ServerConfig;
use crate::request::{ConnectionInfo, OneShotEvent};
use crate::stats::ServerCounters;
use crate::transport::{Receiver, Sender, SocketFile};

/// The sockets of a connection to a client after the handshake.
#[derive(Debug)]
pub(super) struct ConnectionParts {
    pub(super) peer: Peer,
    pub(super) sender: Sender,
    pub(super) receiver: Receiver,
    /// The file of the receiving socket, until the client has connected. A socket pair has none.
    pub(super) file: Option<SocketFile>,
}

impl ConnectionParts {
    /// Returns the connection, and its driver, which has to be run.
    pub(super) fn open(
        self,
        shutting_down: Arc<OneShotEvent>,
        quota: Arc<UserQuota>,
        log: Arc<LogThrottle>,
        config: Arc<ServerConfig>,
        methods: Arc<Methods>,
        counters: Arc<ServerCounters>,
    ) -> (Arc<Connection>, ServerDriver) {
        let Self {
            peer,
            sender,
            receiver,
            file,
        } = self;
        let max_message_size = config.max_message_size;
        let credentials = peer.credentials();
        let info = ConnectionInfo::new(peer.into(), shutting_down);
        let connection = Arc::new(Connection::new(
            info,
            credentials,
            sender,
            quota,
            log,
            config,
        ));
        let dispatcher = Dispatcher::new(
            Arc::clone(&connection),
            methods,
            Arc::clone(&counters),
            file,
            max_message_size,
        );
        let driver = ServerDriver::new(Arc::clone(&connection), counters, dispatcher, receiver);
        (connection, driver)
    }
}
