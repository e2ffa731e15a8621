//! What a connection is made of.

use std::sync::Arc;

use super::Methods;
use super::account::Account;
use super::complaints::Complaints;
use super::connection::Connection;
use super::intake::Intake;
use super::reader::Reader;
use crate::Peer;
use crate::proto::ServerConfig;
use crate::stats::ServerCounters;
use crate::transport::{Receiver, Sender, SocketFile};
use crate::wire::max_total;

/// The ends of a connection to a client, once the handshake is done.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) peer: Peer,
    pub(super) sender: Sender,
    pub(super) receiver: Receiver,
    /// The file that the client has yet to find.
    pub(super) file: SocketFile,
}

impl Ends {
    /// Makes the connection, and its reader, which is to be run.
    pub(super) fn open(
        self,
        account: Arc<Account>,
        complaints: Arc<Complaints>,
        config: ServerConfig,
        methods: Arc<Methods>,
        counters: Arc<ServerCounters>,
    ) -> (Arc<Connection>, Reader) {
        let Self {
            peer,
            sender,
            receiver,
            file,
        } = self;
        let max_total = max_total(config.message_limit);
        let connection = Arc::new(Connection::new(peer, sender, account, complaints, config));
        let intake = Intake::new(
            Arc::clone(&connection),
            methods,
            Arc::clone(&counters),
            file,
            max_total,
        );
        let reader = Reader::new(Arc::clone(&connection), counters, intake, receiver);
        (connection, reader)
    }
}
