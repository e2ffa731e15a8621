//! The link between the two sides of a connection in memory, which a test holds.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use super::endpoints::{AnyProcess, AnyReceiver, AnySender};
use super::queue::{MemoryConfig, Queue};
use crate::transport::SocketFile;

/// One side of a connection.
#[derive(Debug)]
pub(crate) struct MemoryEnd {
    pub(crate) sender: AnySender,
    pub(crate) receiver: AnyReceiver,
    /// The life of the other side's process.
    pub(crate) process: AnyProcess,
}

/// What a test holds of a connection.
#[derive(Debug)]
pub(crate) struct MemoryLink {
    client: MemorySide,
    server: MemorySide,
}

/// What a test holds of a side.
#[derive(Debug)]
struct MemorySide {
    /// What the side reads.
    inbound: Arc<Queue>,
    has_ended: watch::Sender<bool>,
}

/// Makes the two sides of a connection, the client's first, of queues that are made as these say: what
/// the client reads, and what the server does.
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

/// The file of a socket that has none.
pub(crate) fn no_file() -> SocketFile {
    SocketFile::at(PathBuf::new())
}

impl MemoryLink {
    /// What the client reads.
    pub(crate) fn to_client(&self) -> &Queue {
        &self.client.inbound
    }

    /// What the server reads.
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

    /// Ends the side's process: nobody can send to it, and it sends nothing more. What it has sent
    /// stays to be read.
    fn end(&self, other: &Self) {
        self.inbound.lose_reader();
        other.inbound.lose_writer();
        self.has_ended.send_replace(true);
    }
}
