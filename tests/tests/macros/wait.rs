//! Methods that end when the server begins to shut down.

use std::future::pending;
use std::time::Duration;

use domainsockets::{CallError, Context, Error, Server, service};
use tests::scratch::Scratch;
use tests::watchdog;
use tokio::sync::mpsc;

#[service]
trait Queue {
    /// Waits for an item, and there is none.
    #[rpc(wait)]
    async fn take(&self, ctx: &Context, name: &str) -> Result<u64, String>;
    #[rpc(wait)]
    async fn len(&self) -> u64;
    #[rpc(wait, raw, allow(own_user))]
    async fn raw(&self, data: &[u8]) -> Vec<u8>;
    /// Reports that it has begun, and finishes.
    async fn finish(&self) -> u64;
}

struct Empty {
    events: mpsc::UnboundedSender<String>,
}

/// Reports that a method was dropped.
struct Waiting(mpsc::UnboundedSender<String>);

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.send("dropped".to_owned());
    }
}

impl Queue for Empty {
    async fn take(&self, ctx: &Context, name: &str) -> Result<u64, String> {
        let _waiting = Waiting(self.events.clone());
        self.events
            .send(format!("{} {name}", ctx.handler()))
            .unwrap();
        pending().await
    }
    async fn len(&self) -> u64 {
        0
    }
    async fn raw(&self, data: &[u8]) -> Vec<u8> {
        self.events.send(format!("raw {}", data.len())).unwrap();
        pending().await
    }
    async fn finish(&self) -> u64 {
        self.events.send("finishing".to_owned()).unwrap();
        // The methods that wait have ended, so the shutdown has begun.
        self.events.closed().await;
        1
    }
}

#[test]
fn waiting_methods_end_when_the_server_begins_to_shut_down() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (events, mut told) = mpsc::unbounded_channel();
        let server = Server::bind(scratch.path("queue")).unwrap();
        let server = server
            .add_service(QueueServer::new(Empty { events }))
            .unwrap();
        let server = server.start().unwrap();
        let queue = QueueClient::dial(server.path()).await.unwrap();

        // A method that does not wait long works as usual.
        assert_eq!(queue.len().await.unwrap(), 0);

        let calls = async {
            let (taken, raw, finished) =
                tokio::join!(queue.take("a"), queue.raw(b"bc"), queue.finish());
            assert!(
                matches!(taken, Err(CallError::Call(Error::ShuttingDown))),
                "{taken:?}"
            );
            assert!(matches!(raw, Err(Error::ShuttingDown)), "{raw:?}");
            assert_eq!(finished.unwrap(), 1);
        };
        let shutdown = async {
            let mut begun = Vec::new();
            for _ in 0..3 {
                begun.push(told.recv().await.unwrap());
            }
            begun.sort();
            assert_eq!(begun, ["Queue.take a", "finishing", "raw 2"]);
            // The grace period applies to the method that finishes, not to those that wait.
            let shutdown = server.shutdown(Duration::from_secs(3600));
            let ended = async {
                assert_eq!(told.recv().await.unwrap(), "dropped");
                told.close();
            };
            let (shutdown, ()) = tokio::join!(shutdown, ended);
            shutdown.unwrap();
        };
        tokio::join!(calls, shutdown);
        drop(queue);
        scratch.leak_check();
    });
}
