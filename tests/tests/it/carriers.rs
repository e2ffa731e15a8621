//! Carriers around a client: decorators, layers, options, boxes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domainsockets::test::{Mock, Pair, Side};
use domainsockets::{
    BoxCarrier, Call, CallOptions, Carrier, Client, Completion, Context, DynCarrier, Error, Layer,
    Local, Origin, RemoteName, Reply, service,
};
use tests::watchdog;

#[service]
trait Desk {
    /// Returns the deadline in milliseconds, rounded up, and the tenant of the call.
    async fn told(&self, ctx: &Context) -> (Option<u64>, Option<String>);
    #[rpc(idempotent, deadline = "3s")]
    async fn read(&self, ctx: &Context) -> Option<u64>;
    #[rpc(oneway)]
    async fn note(&self, line: &str);
    async fn notes(&self) -> Vec<String>;
}

#[derive(Default)]
struct Clerk {
    notes: Mutex<Vec<String>>,
}

fn left(ctx: &Context) -> Option<u64> {
    let left = ctx.deadline()? - tokio::time::Instant::now().into_std();
    Some(
        u64::try_from(left.as_millis())
            .unwrap()
            .next_multiple_of(100),
    )
}

impl Desk for Clerk {
    async fn told(&self, ctx: &Context) -> (Option<u64>, Option<String>) {
        let tenant = ctx.metadata("tenant");
        let tenant = tenant.map(|tenant| String::from_utf8_lossy(tenant).into_owned());
        (left(ctx), tenant)
    }
    async fn read(&self, ctx: &Context) -> Option<u64> {
        left(ctx)
    }
    async fn note(&self, line: &str) {
        self.notes.lock().unwrap().push(line.to_owned());
    }
    async fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }
}

/// A decorator that knows nothing of a call's options.
#[derive(Clone)]
struct Counting<C> {
    carrier: C,
    calls: Arc<AtomicU32>,
}

impl<C> Counting<C> {
    fn new(carrier: C) -> Self {
        Self {
            carrier,
            calls: Arc::default(),
        }
    }
}

impl<C: Carrier> Carrier for Counting<C> {
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.carrier.execute(call).await
    }
}

/// A decorator that renames the handler of a call, and borrows the new name for the length of that call.
struct Prefixed<C>(C);

impl<C: Carrier> Carrier for Prefixed<C> {
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        let name = format!("v2.{}", call.handler);
        let mut renamed = call;
        renamed.handler = name.as_str().into();
        self.0.execute(renamed).await
    }
}

struct Retry {
    attempts: u32,
}

impl Layer for Retry {
    async fn execute<C: Carrier>(&self, call: Call<'_>, next: &C) -> Result<Reply, Error> {
        for _ in 1..self.attempts {
            let Some(again) = call.try_clone().filter(Call::is_idempotent) else {
                break;
            };
            match next.execute(again).await {
                Err(error) if error.is_retryable() => {}
                outcome => return outcome,
            }
        }
        next.execute(call).await
    }
}

/// A decorator that appends its name to a list for each call.
#[derive(Clone)]
struct Named(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Layer for Named {
    async fn execute<C: Carrier>(&self, call: Call<'_>, next: &C) -> Result<Reply, Error> {
        self.1.lock().unwrap().push(self.0);
        next.execute(call).await
    }
}

fn client() -> Client {
    let pair = Pair::new()
        .add_service(DeskServer::new(Clerk::default()))
        .unwrap();
    pair.start().0
}

#[test]
fn a_decorator_keeps_deadline_metadata_and_one_way_completion() {
    watchdog::run(|| async {
        let desk = DeskClient::new(Counting::new(client()));
        assert_eq!(desk.told().await.unwrap(), (None, None));
        let options = CallOptions::new()
            .with_deadline(Duration::from_secs(7))
            .with_metadata("tenant", "red");
        let told = desk.with(options).told().await.unwrap();
        assert_eq!(told, (Some(7000), Some("red".to_owned())));
        assert_eq!(desk.read().await.unwrap(), Some(3000), "the method's own");
        desk.note("one").await.unwrap();
        assert_eq!(desk.notes().await.unwrap(), ["one"]);
        assert_eq!(desk.carrier().calls.load(Ordering::Relaxed), 5);
    });
}

#[test]
fn a_decorator_passes_on_the_whole_call() {
    /// A carrier that keeps the calls that it receives, and answers none.
    #[derive(Default)]
    struct Sink(Mutex<Vec<(String, bool, Completion, CallOptions)>>);
    impl Carrier for Sink {
        async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
            let idempotent = call.is_idempotent();
            let Call {
                handler,
                completion,
                options,
                ..
            } = call.into_owned()?;
            let mut calls = self.0.lock().unwrap();
            calls.push((handler.into_owned(), idempotent, completion, options));
            Err(Error::ShuttingDown)
        }
    }
    watchdog::run(|| async {
        let sink = Arc::new(Sink::default());
        let desk = DeskClient::new(Counting::new(Prefixed(Arc::clone(&sink))));
        let options = CallOptions::new().detached().no_wait();
        desk.read().await.unwrap_err();
        desk.note("x").await.unwrap_err();
        // `with` needs a carrier that can be cloned, such as an `Arc`.
        let desk = DeskClient::new(Arc::new(desk.into_inner()));
        desk.with(options).told().await.unwrap_err();
        let calls = sink.0.lock().unwrap();
        let brief: Vec<_> = calls
            .iter()
            .map(|(name, idempotent, completion, options)| {
                (
                    &name[..],
                    *idempotent,
                    *completion,
                    options.is_detached() && options.is_no_wait(),
                )
            })
            .collect();
        assert_eq!(
            brief,
            [
                ("v2.Desk.read", true, Completion::Reply, false),
                ("v2.Desk.note", false, Completion::Sent, false),
                ("v2.Desk.told", false, Completion::Reply, true),
            ]
        );
    });
}

#[test]
fn a_layer_retries_idempotent_calls_only() {
    watchdog::run(|| async {
        let local = Local::new(DeskServer::new(Clerk::default())).unwrap();
        let failures = Arc::new(AtomicU32::new(0));
        let fail = {
            let failures = Arc::clone(&failures);
            move || {
                let is_early = failures.fetch_add(1, Ordering::Relaxed) < 2;
                is_early.then_some(Error::Disconnected { may_have_run: true })
            }
        };
        let mock = Mock::new(local)
            .fail(DeskClient::READ, fail.clone())
            .fail(DeskClient::NOTES, fail);
        let desk = DeskClient::new(mock.layered(Retry { attempts: 3 }));
        desk.read().await.unwrap();
        let mock = desk.carrier().carrier();
        assert_eq!(mock.calls(DeskClient::READ), 3);
        failures.store(0, Ordering::Relaxed);
        let refused = desk.notes().await;
        assert!(matches!(refused, Err(Error::Disconnected { .. })));
        assert_eq!(
            mock.calls(DeskClient::NOTES),
            1,
            "a call that is not idempotent is not retried"
        );
    });
}

#[test]
fn the_layer_that_was_added_last_runs_first() {
    watchdog::run(|| async {
        let order = Arc::default();
        let named = |name| Named(name, Arc::clone(&order));
        let desk = client().layered(named("inner")).layered(named("outer"));
        DeskClient::new(desk).notes().await.unwrap();
        assert_eq!(*order.lock().unwrap(), ["outer", "inner"]);
    });
}

#[test]
fn stubs_with_options_are_stored_spawned_and_boxed() {
    struct App {
        patient: DeskClient<domainsockets::With<Client>>,
        any: DeskClient<BoxCarrier>,
        shared: DeskClient<Arc<dyn DynCarrier>>,
    }
    watchdog::run(|| async {
        let client = client();
        let options = CallOptions::new().with_deadline(Duration::from_secs(9));
        let app = Arc::new(App {
            patient: DeskClient::new(client.clone()).with(options),
            any: DeskClient::new(Counting::new(client.clone()).boxed()),
            shared: DeskClient::new(Arc::new(client)),
        });
        let spawned = {
            let app = Arc::clone(&app);
            tokio::spawn(async move { app.patient.told().await })
        };
        assert_eq!(spawned.await.unwrap().unwrap(), (Some(9000), None));
        let brief = CallOptions::new().with_deadline(Duration::from_secs(1));
        let told = app.any.with(brief.clone()).told().await.unwrap();
        assert_eq!(told, (Some(1000), None));
        // The options that were set last win.
        assert_eq!(app.patient.with(brief).told().await.unwrap().0, Some(1000));
        app.shared.note("shared").await.unwrap();
        assert_eq!(app.any.notes().await.unwrap(), ["shared"]);
    });
}

#[test]
fn a_call_that_must_not_wait_fails_instead_of_waiting() {
    watchdog::run(|| async {
        let pair = Pair::new()
            .add_service(DeskServer::new(Clerk::default()))
            .unwrap()
            .client(Client::builder().max_in_flight(2));
        let (client, link) = pair.start();
        let desk = DeskClient::new(client).with(CallOptions::new().no_wait());
        desk.note("before").await.unwrap();
        link.fill_queue(Side::Server);
        let full = desk.note("lost").await;
        assert!(
            matches!(&full, Err(Error::Overloaded { what }) if what.contains("receive queue")),
            "{full:?}"
        );
        assert!(!full.unwrap_err().may_have_run());
        link.drain_queue(Side::Server);
        assert_eq!(desk.notes().await.unwrap(), ["before"]);

        link.stop_reading(Side::Server);
        desk.note("third").await.unwrap();
        desk.note("fourth").await.unwrap();
        let limited = desk.note("fifth").await;
        assert!(
            matches!(&limited, Err(Error::Overloaded { what }) if what.contains("limit of 2 calls")),
            "{limited:?}"
        );
        link.resume_reading(Side::Server);
        // Requests of one connection run concurrently, so they may end in any order.
        let desk = DeskClient::new(desk.carrier().carrier().clone());
        let mut notes = Vec::new();
        while notes.len() < 3 {
            notes = desk.notes().await.unwrap();
        }
        notes.sort();
        assert_eq!(notes, ["before", "fourth", "third"]);
    });
}

#[test]
fn a_rule_about_users_admits_no_remote_caller() {
    #[service]
    trait Power {
        #[rpc(allow(root, own_user))]
        async fn halt(&self);
        async fn charge(&self, ctx: &Context) -> String;
    }
    struct Battery;
    impl Power for Battery {
        async fn halt(&self) {}
        async fn charge(&self, ctx: &Context) -> String {
            assert!(ctx.peer().is_none());
            ctx.origin().to_string()
        }
    }
    watchdog::run(|| async {
        let local = Local::new(PowerServer::new(Battery)).unwrap();
        PowerClient::new(local.clone()).halt().await.unwrap();
        let remote = local.with_origin(Origin::Remote(RemoteName::new("laptop")));
        let power = PowerClient::new(remote);
        assert_eq!(power.charge().await.unwrap(), "remote caller laptop");
        let refused = power.halt().await;
        assert!(matches!(refused, Err(Error::PermissionDenied { .. })));
    });
}
