//! The link between the two sides of a connection in memory, which a test holds.

use std::sync::Arc;

use tokio::sync::watch;

use super::endpoints::{AnyProcess, AnyReceiver, AnySender};
use super::queue::{MemoryConfig, Queue};

/// One side of a connection.
#[derive(Debug)]
pub(crate) struct MemoryEnd {
    pub(crate) sender: AnySender,
    pub(crate) receiver: AnyReceiver,
    /// The process of the other side.
    pub(crate) process: AnyProcess,
}

/// The handle by which a test controls a connection.
#[derive(Debug)]
pub(crate) struct MemoryLink {
    client: MemorySide,
    server: MemorySide,
}

/// The handle by which a test controls one side.
#[derive(Debug)]
struct MemorySide {
    /// The queue that the side reads.
    inbound: Arc<Queue>,
    has_ended: watch::Sender<bool>,
}

/// Returns the two sides of a connection, the client's first. `to_client` configures the queue that the client
/// reads, `to_server` the one that the server reads.
pub(crate) fn connect(
    to_client: MemoryConfig,
    to_server: MemoryConfig,
) -> (MemoryEnd, MemoryEnd, MemoryLink) {
    let client = MemorySide::new(to_client);
    let server = MemorySide::new(to_server);
    let end = |own: &MemorySide, other: &MemorySide| MemoryEnd {
        sender: AnySender::Memory(Arc::clone(&other.inbound)),
        receiver: AnyReceiver::Memory(Arc::clone(&own.inbound)),
        process: AnyProcess::Memory(other.has_ended.subscribe()),
    };
    let ends = (end(&client, &server), end(&server, &client));
    (ends.0, ends.1, MemoryLink { client, server })
}

impl MemoryLink {
    /// Returns the queue that the client reads.
    pub(crate) fn to_client(&self) -> &Queue {
        &self.client.inbound
    }

    /// Returns the queue that the server reads.
    pub(crate) fn to_server(&self) -> &Queue {
        &self.server.inbound
    }

    /// Ends the client's process.
    pub(crate) fn end_client(&self) {
        self.client.end(&self.server);
    }

    /// Ends the server's process.
    pub(crate) fn end_server(&self) {
        self.server.end(&self.client);
    }
}

impl MemorySide {
    fn new(config: MemoryConfig) -> Self {
        Self {
            inbound: Arc::new(Queue::new(config)),
            has_ended: watch::Sender::new(false),
        }
    }

    /// Ends the side's process: it neither receives nor sends any more. The other side can still read what it has
    /// sent.
    fn end(&self, other: &Self) {
        self.inbound.lose_reader();
        other.inbound.lose_writer();
        self.has_ended.send_replace(true);
    }
}
