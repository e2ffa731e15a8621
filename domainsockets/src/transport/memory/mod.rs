//! Connections inside of a process, for tests: queues that behave as the kernel's do, in place of
//! sockets. Compiled in with the feature `test` alone; without it the types of the same names are
//! those of real sockets.

mod endpoints;
mod fault;
mod queue;

use std::sync::Arc;

use tokio::sync::watch;

pub(crate) use endpoints::{Process, Receiver, Sender, WriteReadiness};
pub use fault::Fault;
pub(crate) use queue::Queue;

use super::SocketFile;

/// How a connection's two directions are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryConfig {
    /// How many datagrams wait in a queue before it is full.
    pub(crate) capacity: usize,
    /// Largest datagram that is carried, in bytes.
    pub(crate) max_datagram_size: usize,
}

/// One side of a connection.
#[derive(Debug)]
pub(crate) struct MemoryEnd {
    pub(crate) sender: Sender,
    pub(crate) receiver: Receiver,
    /// The life of the other side's process.
    pub(crate) process: Process,
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
        sender: Sender::Memory(Arc::clone(&other.inbound)),
        receiver: Receiver::Memory(Arc::clone(&own.inbound)),
        process: Process::Memory(other.has_ended.subscribe()),
    };
    let ends = (end(&client, &server), end(&server, &client));
    (ends.0, ends.1, MemoryLink { client, server })
}

/// The file of a socket that has none.
pub(crate) fn no_file() -> SocketFile {
    SocketFile::at(std::path::PathBuf::new())
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

#[cfg(test)]
mod tests;
