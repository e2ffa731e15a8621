//! One-way methods, whose callers wait for no reply.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domainsockets::test::Pair;
use domainsockets::{CallOptions, Error, service};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use crate::macros::recorder::Recorder;

#[service]
trait Log {
    #[rpc(oneway)]
    async fn note(&self, line: &str, bytes: &[u8]);
    #[rpc(oneway, deadline = "200ms", name = "Hang")]
    async fn hang(&self);
    #[rpc(oneway)]
    fn quick(&self);
    async fn sum(&self) -> u64;
}

struct Lines(UnboundedSender<String>, Mutex<u64>);

impl Log for Lines {
    async fn note(&self, line: &str, bytes: &[u8]) {
        *self.1.lock().unwrap() += bytes.len() as u64;
        self.0.send(line.to_owned()).unwrap();
    }
    async fn hang(&self) {
        let _told = Told(self.0.clone());
        pending::<()>().await;
    }
    fn quick(&self) {
        *self.1.lock().unwrap() += 1;
    }
    async fn sum(&self) -> u64 {
        *self.1.lock().unwrap()
    }
}

/// Reports when it is dropped.
struct Told(UnboundedSender<String>);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send("stopped".to_owned());
    }
}

#[tokio::test(start_paused = true)]
async fn oneway_calls_return_at_once() {
    let (told, mut lines) = unbounded_channel();
    let (client, _link) = Pair::new()
        .add_service(LogServer::new(Lines(told, Mutex::default())))
        .unwrap()
        .start();
    let log = LogClient::new(client);
    log.note("one", b"12").await.unwrap();
    log.quick().await.unwrap();
    assert_eq!(log.sum().await.unwrap(), 3);
    assert_eq!(lines.recv().await.unwrap(), "one");

    // The handler runs until the deadline of its method or of its caller.
    for (stub, ms) in [
        (log.with(CallOptions::new()), 200),
        (
            log.with(CallOptions::new().with_deadline(Duration::from_millis(70))),
            70,
        ),
    ] {
        let begun = Instant::now();
        stub.hang().await.unwrap();
        assert!(begun.elapsed() < Duration::from_millis(5));
        assert_eq!(lines.recv().await.unwrap(), "stopped");
        assert!((ms..ms + 10).contains(&begun.elapsed().as_millis()));
    }

    // The caller does not learn that the server cannot decode its request, but learns that it cannot be
    // sent.
    let large = vec![0; 5 << 20];
    let refused = log.note("large", &large).await;
    assert!(
        matches!(refused, Err(Error::TooLarge { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn custom_carrier_calls_and_drops_the_reply() {
    let log = LogClient::new(Arc::new(Recorder::replying(b"whatever")));
    log.note("one", b"12").await.unwrap();
    log.hang().await.unwrap();
    log.with(CallOptions::new()).quick().await.unwrap();
    let calls = Arc::into_inner(log.into_inner()).unwrap().into_calls();
    let calls: Vec<_> = calls
        .iter()
        .map(|(handler, data)| (handler.as_str(), &data[..]))
        .collect();
    assert_eq!(
        calls,
        [
            ("Log.note", &b"\x03one\x0212"[..]),
            ("Hang", b""),
            ("Log.quick", b"")
        ]
    );
}
