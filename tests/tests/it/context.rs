//! What a handler can learn about its connection and its server.

use std::convert::Infallible;
use std::future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domainsockets::__private::{Methods, unless_shutting_down};
use domainsockets::{
    Client, Context, Error, Local, Request, ServeError, Server, ServerHandle, Service,
};
use tests::handshake::StartServer;
use tests::process::Process;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::support::{Pair, SOON, error, peer, with_handlers};

/// A service with one method that only waits.
struct Polls {
    /// Each future of the method holds a clone.
    held: Arc<()>,
}

impl Service for Polls {
    fn register(self, methods: &mut Methods) -> Result<(), ServeError> {
        methods.add("poll", move |request: Request| {
            let held = Arc::clone(&self.held);
            unless_shutting_down(request.context().clone(), async move {
                let reply = future::pending().await;
                drop(held);
                reply
            })
        })
    }
}

#[test]
fn a_long_poll_ends_at_once_on_shutdown() {
    const GRACE: Duration = Duration::from_secs(20);

    watchdog::run(|| async {
        let held = Arc::new(());
        let polls = Polls {
            held: Arc::clone(&held),
        };
        let pair = Pair::bound(|path| {
            let server = Server::bind(path).unwrap();
            server.add_service(polls).unwrap()
        })
        .await;
        let mut calls = JoinSet::new();
        for _ in 0..3 {
            let client = pair.client.clone();
            calls.spawn(async move { client.call("poll", "").await });
        }
        let holders = || Arc::strong_count(&held);
        watchdog::eventually(SOON, "three long polls", || holders() == 2 + 3);
        let begun = Instant::now();
        within(SOON, pair.server.grace(GRACE).run_until(async {}))
            .await
            .unwrap();
        assert!(
            begun.elapsed() < GRACE / 2,
            "the server does not wait for the whole grace period"
        );
        for result in calls.join_all().await {
            let cut = error(result);
            assert!(matches!(cut, Error::ShuttingDown), "{cut:?}");
        }
        assert_eq!(holders(), 1, "the futures were dropped");
        drop(pair.client);
        pair.scratch.leak_check();
    });
}

#[test]
fn a_handler_learns_that_the_server_shuts_down() {
    watchdog::run(|| async {
        let (seen, mut contexts) = mpsc::unbounded_channel();
        let pair = Pair::bound(|path| {
            let server = Server::bind(path).unwrap();
            let cooperate = move |request: Request| {
                let context = request.context().clone();
                assert!(!context.is_shutting_down());
                seen.send(context.clone()).unwrap();
                async move {
                    context.shutting_down().await;
                    Ok::<_, Infallible>("stopped early")
                }
            };
            server.register("cooperate", cooperate).unwrap()
        })
        .await;
        let client = pair.client.clone();
        let call = tokio::spawn(async move { client.call("cooperate", "").await });
        let context = contexts.recv().await.unwrap();
        let server = pair.server.grace(Duration::from_secs(20));
        within(SOON, server.close()).await.unwrap();
        assert_eq!(call.await.unwrap().unwrap(), "stopped early");
        assert!(context.is_shutting_down());
        assert!(context.connection().is_closed());
        drop(pair.client);
        pair.scratch.leak_check();
    });
}

/// Starts a server whose handler `observe` passes its context to the test.
fn observed(builder: domainsockets::ServerBuilder) -> Observed {
    let scratch = Scratch::new();
    let (seen, contexts) = mpsc::unbounded_channel();
    let server = builder.bind(scratch.path("server")).unwrap();
    let observe = move |request: Request| {
        let context = request.context().clone();
        assert!(!context.connection().is_closed());
        assert!(!context.is_shutting_down());
        seen.send(context).unwrap();
        future::ready(Ok::<_, Infallible>(""))
    };
    let server = with_handlers(server, &Arc::default());
    let server = server
        .register("observe", observe)
        .unwrap()
        .started()
        .unwrap();
    Observed {
        scratch,
        server,
        contexts,
    }
}

struct Observed {
    scratch: Scratch,
    server: ServerHandle,
    contexts: mpsc::UnboundedReceiver<Context>,
}

impl Observed {
    /// Returns the context of the next call of `observe`.
    async fn context(&mut self) -> Context {
        within(SOON, self.contexts.recv()).await.unwrap()
    }
}

async fn closes(context: &Context) {
    within(SOON, context.connection().closed()).await;
    assert!(context.connection().is_closed());
}

#[test]
fn a_handler_learns_that_its_connection_has_closed() {
    watchdog::run(|| async {
        let idle = Server::builder().idle_timeout(Duration::from_millis(200));
        let mut observed = observed(idle);
        let path = observed.server.path().to_owned();

        let client = Client::dial(&path).await.unwrap();
        client.call("observe", "").await.unwrap();
        let dropped = observed.context().await;
        drop(client);
        closes(&dropped).await;

        let arguments = ["call", "server", "observe"];
        let ended = Process::start(peer(), observed.scratch.dir(), &arguments);
        let of_process = observed.context().await;
        ended.kill();
        closes(&of_process).await;

        let silent = RawClient::connect(&path);
        silent.request(1, "observe", b"");
        let of_silent = observed.context().await;
        closes(&of_silent).await;

        let violating = RawClient::connect(&path);
        violating.request(1, "observe", b"");
        let of_violating = observed.context().await;
        violating.send(&[0xff; 20]);
        closes(&of_violating).await;

        let client = Client::dial(&path).await.unwrap();
        client.call("observe", "").await.unwrap();
        let left = observed.context().await;
        drop(observed.server);
        closes(&left).await;
        within(SOON, left.shutting_down()).await;
        drop((client, silent, violating));
        observed.scratch.leak_check();
    });
}

#[test]
fn each_connection_has_a_unique_id() {
    watchdog::run(|| async {
        let mut observed = observed(Server::builder());
        let path = observed.server.path().to_owned();
        let [one, other] = [
            Client::dial(&path).await.unwrap(),
            Client::dial(&path).await.unwrap(),
        ];
        let mut ids = Vec::new();
        for client in [&one, &other, &one.clone(), &other] {
            client.call("observe", "").await.unwrap();
            ids.push(observed.context().await.connection().id());
        }
        assert_eq!(ids[0], ids[2]);
        assert_eq!(ids[1], ids[3]);
        assert_ne!(ids[0], ids[1]);
        drop((one, other));
        observed.server.close().await.unwrap();
        observed.scratch.leak_check();
    });
}

/// A service whose method passes its context to the test.
struct Observe(mpsc::UnboundedSender<Context>);

impl Service for Observe {
    fn register(self, methods: &mut Methods) -> Result<(), ServeError> {
        methods.add("observe", move |request: Request| {
            self.0.send(request.context().clone()).unwrap();
            future::ready(Ok("".into()))
        })
    }
}

#[test]
fn a_handler_in_the_same_process_learns_that_no_caller_is_left() {
    watchdog::run(|| async {
        let (seen, mut contexts) = mpsc::unbounded_channel();
        let local = Local::new(Observe(seen)).unwrap();
        let clone = local.clone();
        local.call("observe", "").await.unwrap();
        let context = contexts.recv().await.unwrap();
        drop(local);
        clone.call("observe", "").await.unwrap();
        let again = contexts.recv().await.unwrap();
        assert_eq!(context.connection().id(), again.connection().id());
        assert!(!context.connection().is_closed() && !context.is_shutting_down());
        drop(clone);
        closes(&context).await;
        within(SOON, context.shutting_down()).await;
    });
}
