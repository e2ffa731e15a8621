//! Calls that go wrong, and what they must not do to others.

#![expect(clippy::unwrap_used, reason = "a test is to fail there")]

use std::future::{Future, pending};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domainsockets::{CallOptions, Client, Error, Request, Server, ServerHandle};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A server in a directory of its own.
struct Lab {
    dir: TempDir,
    server: ServerHandle,
    /// Told when a `hang` begins, and when it is dropped.
    events: mpsc::UnboundedReceiver<&'static str>,
}

impl Lab {
    fn new(
        configure: impl FnOnce(domainsockets::ServerBuilder) -> domainsockets::ServerBuilder,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (tell, events) = mpsc::unbounded_channel();
        let server = configure(Server::builder())
            .bind(dir.path().join("lab"))
            .unwrap()
            .register("echo", |request: Request| async {
                Ok::<_, String>(request.into_data())
            })
            .unwrap()
            .register("fail", |request: Request| async move {
                let len = str::from_utf8(request.data()).unwrap().parse().unwrap();
                Err::<Vec<u8>, _>("x".repeat(len))
            })
            .unwrap()
            .register("hang", move |_| {
                let tell = tell.clone();
                async move {
                    tell.send("begun").unwrap();
                    let _dropped = OnDrop(tell);
                    pending::<Result<Vec<u8>, String>>().await
                }
            })
            .unwrap()
            .start()
            .unwrap();
        Self {
            dir,
            server,
            events,
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("lab")
    }

    async fn client(&self) -> Client {
        Client::dial(self.path()).await.unwrap()
    }

    async fn expect(&mut self, event: &str) {
        let next = tokio::time::timeout(Duration::from_secs(5), self.events.recv());
        assert_eq!(next.await.unwrap(), Some(event));
    }
}

struct OnDrop(mpsc::UnboundedSender<&'static str>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn call_that_is_polled_no_more_holds_up_no_other() {
    let mut lab = Lab::new(|server| server);
    let client = lab.client().await;
    let hang = client.call("hang", "");
    let mut hang = pin!(hang);
    assert!(poll_once(hang.as_mut()).is_pending());
    lab.expect("begun").await;
    // With one in flight, the next promises to send, once others had their turn.
    let mut promised = pin!(client.call("echo", "promised"));
    assert!(poll_once(promised.as_mut()).is_pending());
    // It is not polled again while this one waits.
    let options = CallOptions::new().with_deadline(Duration::from_secs(5));
    let echoed = client.call_with("echo", "other", options).await.unwrap();
    assert_eq!(echoed, "other");
    assert_eq!(promised.await.unwrap(), "promised");
}

#[tokio::test]
async fn first_call_is_cancelled_too() {
    let mut lab = Lab::new(|server| server);
    let client = lab.client().await;
    {
        let mut hang = pin!(client.call("hang", ""));
        assert!(poll_once(hang.as_mut()).is_pending());
        // It has left, and the server's announcement has not come.
    }
    lab.expect("begun").await;
    lab.expect("dropped").await;
    assert_eq!(client.call("echo", "next").await.unwrap(), "next");
}

#[tokio::test]
async fn turn_of_a_cancelled_call_is_free_at_once() {
    let mut lab = Lab::new(|server| server.max_in_flight(4));
    let client = lab.client().await;
    client.call("echo", "").await.unwrap();
    for _ in 0..20 {
        let mut hanging = JoinSet::new();
        for _ in 0..4 {
            let client = client.clone();
            hanging.spawn(async move { client.call("hang", "").await });
        }
        for _ in 0..4 {
            lab.expect("begun").await;
        }
        hanging.shutdown().await;
        assert_eq!(client.call("echo", "free").await.unwrap(), "free");
        for _ in 0..4 {
            lab.expect("dropped").await;
        }
    }
}

#[tokio::test]
async fn error_text_over_a_limit_is_cut() {
    let lab = Lab::new(|server| server);
    let client = Client::builder()
        .max_message_size(1000)
        .dial(lab.path())
        .await
        .unwrap();
    let error = client.call("fail", "5000").await.unwrap_err();
    assert!(
        matches!(&error, Error::Handler(text) if text.contains("exceed 1000")),
        "{error}"
    );
    assert_eq!(
        client.call("echo", "still there").await.unwrap(),
        "still there"
    );
}

#[tokio::test]
async fn request_over_the_servers_limit_is_told_at_once() {
    let lab = Lab::new(|server| server.max_message_size(1000));
    let client = lab.client().await;
    // The server has not said what it accepts.
    let error = client.call("echo", vec![0; 5000]).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLarge {
                size: 5000,
                limit: 1000
            }
        ),
        "{error}"
    );
    let error = client.call("echo", "").await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Disconnected {
                may_have_run: false
            }
        ),
        "{error}"
    );
    assert_eq!(lab.server.stats().violations, 1);
}

#[tokio::test]
async fn call_waits_for_its_turn_outside_the_runtime_too() {
    let lab = Lab::new(|server| server);
    let client = Client::builder()
        .max_in_flight(1)
        .dial(lab.path())
        .await
        .unwrap();
    let first = Arc::new(client.clone());
    let hang = tokio::spawn(async move { first.call("hang", "").await });
    tokio::task::yield_now().await;
    let mut queued = Box::pin(async move { client.call("echo", "queued").await });
    let queued = std::thread::spawn(move || {
        assert!(poll_once(queued.as_mut()).is_pending());
        queued
    });
    let queued = queued.join().unwrap();
    hang.abort();
    assert_eq!(queued.await.unwrap(), "queued");
}

#[tokio::test(start_paused = true)]
async fn deadlines_and_keepalives_go_by_the_runtimes_clock() {
    let lab = Lab::new(|server| server);
    let client = lab.client().await;
    let begun = Instant::now();
    let options = CallOptions::new().with_deadline(Duration::from_secs(300));
    let error = client.call_with("hang", "", options).await.unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded { .. }), "{error}");
    let took = begun.elapsed();
    assert!((300..302).contains(&took.as_secs()), "{took:?}");
    assert_eq!(client.call("echo", "alive").await.unwrap(), "alive");
}

#[tokio::test]
async fn replies_that_nobody_reads_stop_the_reading() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flood");
    let (tell, mut told) = mpsc::unbounded_channel();
    let server = Server::bind(&path)
        .unwrap()
        .register("large", move |_| {
            let tell = tell.clone();
            async move {
                tell.send(()).unwrap();
                Ok::<_, String>(vec![7_u8; 1 << 20])
            }
        })
        .unwrap()
        .start()
        .unwrap();
    let client = Client::dial(&path).await.unwrap();
    client.call("large", "").await.unwrap();
    told.recv().await.unwrap();
    // All requests leave in one datagram. The replies are read one by one, in this task.
    let mut calls: Vec<_> = (0..100)
        .map(|_| Box::pin(client.call("large", "")))
        .collect();
    for call in &mut calls {
        assert!(poll_once(call.as_mut()).is_pending());
    }
    for call in calls {
        assert_eq!(call.await.unwrap().len(), 1 << 20);
    }
    assert_eq!(told.len(), 100);
    server.close().await.unwrap();
}
