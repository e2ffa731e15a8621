//! A server without a socket, with one client in memory, for tests.

use std::sync::Arc;
use std::time::Duration;

use super::connection::Connection;
use super::parts::ConnectionParts;
use super::quota::UserQuota;
use super::{Methods, ServerBuilder};
use crate::request::OneShotEvent;
use crate::stats::ServerCounters;
use crate::transport::MemoryEnd;
use crate::{Peer, ServerStats};

/// The handle of a server in memory.
#[derive(Debug)]
pub(crate) struct Served {
    connection: Arc<Connection>,
    counters: Arc<ServerCounters>,
    shutting_down: Arc<OneShotEvent>,
}

impl ServerBuilder {
    /// Serves the client at the other end.
    pub(crate) fn serve(self, methods: Methods, peer: Peer, end: MemoryEnd) -> Served {
        let quota = Arc::new(UserQuota::new(self.config.user.clone()));
        let counters: Arc<ServerCounters> = Arc::default();
        let parts = ConnectionParts {
            peer,
            sender: end.sender,
            receiver: end.receiver,
            file: None,
        };
        // Such a connection has no socket to poll.
        let config = Arc::new(self.busy_poll(Duration::ZERO).config.connection);
        let shutting_down: Arc<OneShotEvent> = Arc::default();
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
    use std::future::pending;
    use std::sync::{Arc, Mutex, mpsc};
    use std::thread;
    use std::time::Duration;

    use bytes::Bytes;
    use tokio::task::yield_now;
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::{Connection, Served};
    use crate::server::{Methods, ServerBuilder};
    use crate::transport::{Fault, MemoryConfig, MemoryEnd, MemoryLink, connect, this_process};
    use crate::wire::extension::HELLO;
    use crate::wire::{ClientMsg, ClientMsgType, Hello};
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
        let hang = |_: Request| pending::<Result<Vec<u8>, String>>();
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

    /// The memory of a payload, and what counts it.
    struct CountedMemory {
        bytes: Vec<u8>,
        _count: Arc<()>,
    }

    impl AsRef<[u8]> for CountedMemory {
        fn as_ref(&self) -> &[u8] {
            &self.bytes
        }
    }

    #[tokio::test]
    async fn an_ended_connection_frees_its_memory_although_a_handler_runs_on() {
        const LIMIT: usize = 16 << 20;

        let replies = Arc::new(());
        let counted = Arc::clone(&replies);
        let running = Arc::new(());
        let held = Arc::clone(&running);
        let mut methods = Methods::default();
        let stay = move |_: Request| {
            let held = Arc::clone(&held);
            async move {
                pending::<()>().await;
                drop(held);
                Ok::<_, String>("")
            }
        };
        methods.add_raw("stay", stay).unwrap();
        methods.set_no_cancel("stay").unwrap();
        let large = move |_: Request| {
            let memory = CountedMemory {
                bytes: vec![7; 512 << 10],
                _count: Arc::clone(&counted),
            };
            async { Ok::<_, String>(Bytes::from_owner(memory)) }
        };
        methods.add_raw("large", large).unwrap();
        let config = MemoryConfig {
            capacity: 11,
            max_datagram_size: 1 << 20,
        };
        let (client, end, link) = connect(config, config);
        link.to_client().fill(true);
        let peer = Peer::new(this_process(), None);
        let served = ServerBuilder::default()
            .max_memory_per_user(LIMIT)
            .serve(methods, peer, end);
        let quota = Arc::clone(&served.connection.quota);
        let send = |bytes: &[u8]| client.sender.try_send(bytes).unwrap();
        let mut hello = Vec::new();
        Hello::new(1 << 20, 1 << 20).encode(&mut hello);
        let hello = ClientMsg {
            id: 0,
            kind: ClientMsgType::KeepAlive,
            handler: HELLO,
            data: &hello,
        };
        let mut announcement = Vec::new();
        hello.encode(&mut announcement);
        send(&announcement);
        send(&request(1, "stay", b""));
        // The client does not read the reply, and does not send the rest of its third request.
        send(&request(2, "large", b""));
        send(&request(3, "stay", &vec![7; 1 << 20])[..512 << 10]);
        while served.connection.lock().inbound == 0 {
            yield_now().await;
        }
        assert_eq!(
            (Arc::strong_count(&replies), Arc::strong_count(&running)),
            (3, 3)
        );
        assert!(!quota.has_memory(LIMIT));
        served.abandon();
        while !served.connection.info.closed.is_set() {
            yield_now().await;
        }
        assert_eq!(Arc::strong_count(&running), 3, "it runs on");
        // The handlers that are not running are dropped, and with them their reference.
        assert_eq!(Arc::strong_count(&replies), 1, "the reply is dropped");
        assert!(quota.has_memory(LIMIT));
    }
}
