//! A server without a socket, with one client in memory, for tests.

use std::sync::Arc;

use super::connection::Connection;
use super::parts::ConnectionParts;
use super::quota::UserQuota;
use super::{Methods, ServerBuilder};
use crate::request::Signal;
use crate::stats::ServerCounters;
use crate::transport::{MemoryEnd, no_file};
use crate::{Peer, ServerStats};

/// The handle of a server in memory.
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
        let config = Arc::new(self.config.connection);
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
    /// Shuts down gracefully: accepts no more requests, and ends when the running handlers have ended.
    pub(crate) fn drain(&self) {
        self.shutting_down.set();
        self.connection.drain();
    }

    /// Ends the connection at once, with a goodbye.
    pub(crate) fn end(&self) {
        self.shutting_down.set();
        self.connection.end();
    }

    /// Ends the connection at once, without a goodbye: the server's process has ended.
    pub(crate) fn abandon(&self) {
        self.connection.abandon();
    }

    /// Ends the connection once the received requests are dispatched: the client's process has ended.
    pub(crate) fn lose(&self) {
        self.connection.lose();
    }

    pub(crate) fn stats(&self) -> ServerStats {
        self.counters.read()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, mpsc};
    use std::thread;
    use std::time::Duration;

    use tokio::task::yield_now;
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::{Connection, Served};
    use crate::server::{Methods, ServerBuilder};
    use crate::transport::{Fault, MemoryConfig, MemoryEnd, MemoryLink, connect, this_process};
    use crate::wire::{ClientMsg, ClientMsgType};
    use crate::{Peer, Request};

    /// Uses a connection at each event.
    #[derive(Clone, Default)]
    struct UsingConnection {
        connection: Arc<Mutex<Option<Arc<Connection>>>>,
        /// For each event, whether the connection could be used.
        used: Arc<Mutex<Vec<bool>>>,
    }

    impl Subscriber for UsingConnection {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.is_event() && metadata.target().starts_with("domainsockets")
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, _: &Event<'_>) {
            let connection = self.connection.lock().unwrap().clone();
            let (done, wait) = mpsc::channel();
            // On another thread: this one would wait for itself.
            thread::spawn(move || {
                let is_open = connection.is_some_and(|connection| connection.is_open());
                done.send(is_open)
            });
            let used = wait.recv_timeout(Duration::from_secs(5)).is_ok();
            self.used.lock().unwrap().push(used);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    fn request(id: u64, handler: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let message = ClientMsg {
            id,
            kind: ClientMsgType::Data,
            handler,
            data,
        };
        message.encode(&mut bytes);
        bytes
    }

    /// Starts a server that logs once, because of what `misbehave` does.
    async fn logs_without_a_lock(
        builder: ServerBuilder,
        misbehave: impl FnOnce(&MemoryEnd, &MemoryLink),
    ) {
        let subscriber = UsingConnection::default();
        let _guard = tracing::subscriber::set_default(subscriber.clone());
        let mut methods = Methods::default();
        let hang = |_: Request| std::future::pending::<Result<Vec<u8>, String>>();
        methods.add_raw("hang", hang).unwrap();
        let config = MemoryConfig {
            capacity: 11,
            max_datagram_size: 1 << 20,
        };
        let (client, end, link) = connect(config, config);
        let peer = Peer::new(this_process(), None);
        let Served { connection, .. } = builder.serve(methods, peer, end);
        *subscriber.connection.lock().unwrap() = Some(connection);
        misbehave(&client, &link);
        while subscriber.used.lock().unwrap().is_empty() {
            yield_now().await;
        }
        assert_eq!(*subscriber.used.lock().unwrap(), [true]);
    }

    #[tokio::test]
    async fn subscribers_to_the_log_may_use_a_connection() {
        let builder = ServerBuilder::default;
        logs_without_a_lock(builder(), |client, _| {
            client.sender.try_send(&[0xff; 20]).unwrap();
        })
        .await;
        logs_without_a_lock(builder(), |client, _| {
            client.sender.try_send(&request(1, "hang", b"")).unwrap();
            client.sender.try_send(&request(1, "hang", b"")).unwrap();
        })
        .await;
        logs_without_a_lock(builder(), |client, link| {
            link.to_client().fail(Fault::TooLong, 100);
            client.sender.try_send(&request(1, "unknown", b"")).unwrap();
        })
        .await;
        let timeout = Duration::from_millis(1);
        logs_without_a_lock(builder().read_timeout(timeout), |client, _| {
            let request = request(1, "hang", b"");
            client.sender.try_send(&request[..3]).unwrap();
        })
        .await;
        logs_without_a_lock(builder().max_memory_per_user(0), |client, _| {
            let large = request(1, "hang", &vec![7; 1 << 20]);
            client.sender.try_send(&large[..512 << 10]).unwrap();
        })
        .await;
    }
}
