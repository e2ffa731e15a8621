//! The server's side of the handshake, and the connections that come of it.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet, yield_now};
use tokio::time::timeout;

use super::Methods;
use super::connection::Connection;
use super::intake::Intake;
use super::reader::Reader;
use crate::proto::ServerConfig;
use crate::stats::ServerCounters;
use crate::transport::{
    ConnectError, Received, Receiver, SendError, Sender, SocketPath, bind_private, connect,
};
use crate::wire::{LEN_TOTAL, WireError, max_total, setup_decode, setup_encode};

/// Answers setup messages and owns the connections.
pub(super) struct Acceptor {
    setup: Receiver,
    path: SocketPath,
    methods: Arc<Methods>,
    config: ServerConfig,
    counters: Arc<ServerCounters>,
    readers: JoinSet<()>,
    connections: HashMap<Id, Arc<Connection>>,
}

/// Why a setup message led to no connection.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Malformed(#[from] WireError),
    #[error("it names this server's own socket")]
    Own,
    #[error("the client's socket cannot be reached: {0:?}")]
    Unreachable(ConnectError),
    #[error("the client does not take the answer: {0:?}")]
    Unanswered(SendError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Acceptor {
    pub(super) fn new(
        setup: OwnedFd,
        path: SocketPath,
        methods: Methods,
        config: ServerConfig,
    ) -> io::Result<Self> {
        Ok(Self {
            setup: Receiver::new(setup)?,
            path,
            methods: Arc::new(methods),
            config,
            counters: Arc::default(),
            readers: JoinSet::new(),
            connections: HashMap::new(),
        })
    }

    pub(super) const fn counters(&self) -> &Arc<ServerCounters> {
        &self.counters
    }

    /// Serves until it is told to shut down, and within which time.
    pub(super) async fn run(mut self, mut shutdown: mpsc::Receiver<Duration>) {
        loop {
            tokio::select! {
                ready = self.setup.readable() => {
                    if let Err(error) = ready.and_then(|()| self.accept_ready()) {
                        tracing::error!(%error, "cannot receive on the setup socket");
                        return;
                    }
                    yield_now().await;
                }
                Some(ended) = self.readers.join_next_with_id() => {
                    let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                    self.connections.remove(&id);
                }
                grace = shutdown.recv() => {
                    self.shut_down(grace.unwrap_or_default()).await;
                    return;
                }
            }
        }
    }

    async fn shut_down(mut self, grace: Duration) {
        // Clients that are waiting for an answer get one, and are told on their first call.
        let _ = self.accept_ready();
        let Self {
            setup,
            mut readers,
            connections,
            ..
        } = self;
        drop(setup);
        for connection in connections.values() {
            connection.drain();
        }
        if timeout(grace, join_all(&mut readers)).await.is_ok() {
            return;
        }
        for connection in connections.values() {
            connection.end();
        }
        if timeout(LAST_WORDS, join_all(&mut readers)).await.is_err() {
            readers.shutdown().await;
        }
    }

    /// Answers the setup messages that have arrived, but not for ever.
    fn accept_ready(&mut self) -> io::Result<()> {
        // One byte more than there may be, so that a longer message is seen.
        let mut buffer = [0; LEN_TOTAL + 1];
        for _ in 0..SETUPS_PER_TURN {
            let refusal = match self.setup.try_receive(&mut [], &mut buffer)? {
                Received::Empty => break,
                Received::Truncated(_) => Err(WireError::BadSetup.into()),
                Received::Datagram(len) => self.accept(buffer.get(..len).unwrap_or_default()),
            };
            if let Err(refusal) = refusal {
                self.counters.refused_setup();
                tracing::debug!(%refusal, "a setup came to nothing");
            }
        }
        Ok(())
    }

    fn accept(&mut self, datagram: &[u8]) -> Result<(), Refusal> {
        let client = setup_decode(datagram)?;
        if self.path.file_name() == client.as_str() {
            return Err(Refusal::Own);
        }
        let client =
            connect(&self.path.neighbour(client.as_str())).map_err(Refusal::Unreachable)?;
        let sender = Sender::new(client);
        let own = setup_encode();
        let (fd, file) = bind_private(&self.path.neighbour(own.as_str()))?;
        let receiver = Receiver::new(fd)?;
        // The queue of a client that waits for its answer is empty.
        sender
            .try_send(own.as_bytes())
            .map_err(Refusal::Unanswered)?;
        let connection = Arc::new(Connection::new(sender, self.config.clone()));
        let intake = Intake::new(
            Arc::clone(&connection),
            Arc::clone(&self.methods),
            Arc::clone(&self.counters),
            file,
            max_total(self.config.message_limit),
        );
        let counters = Arc::clone(&self.counters);
        let reader = Reader::new(Arc::clone(&connection), counters, intake, receiver);
        let id = self.readers.spawn(reader.run()).id();
        self.connections.insert(id, connection);
        Ok(())
    }
}

async fn join_all(readers: &mut JoinSet<()>) {
    while readers.join_next().await.is_some() {}
}

/// How many setup messages are answered before other tasks have their turn.
const SETUPS_PER_TURN: usize = 32;

/// How long the connections have to say that the server has ended.
const LAST_WORDS: Duration = Duration::from_millis(50);
