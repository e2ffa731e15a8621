//! Methods that declare a deadline.

use std::time::Duration;

use domainsockets::test::Pair;
use domainsockets::{CallOptions, Client, Context, Error, service};
use tokio::time::Instant;

use crate::macros::recorder::Recorder;

#[service]
trait Clock {
    #[rpc(deadline = "500ms")]
    async fn left(&self, ctx: &Context) -> Option<u128>;
    #[rpc(deadline = "2min", idempotent, name = "Patient")]
    async fn patient(&self, ctx: &Context) -> Result<Option<u128>, String>;
    async fn without(&self, ctx: &Context) -> Option<u128>;
    #[rpc(deadline = "250us")]
    async fn hang(&self);
}

struct Wall;

fn left(ctx: &Context) -> Option<u128> {
    let left = |deadline: std::time::Instant| deadline - Instant::now().into_std();
    ctx.deadline().map(|deadline| left(deadline).as_millis())
}

impl Clock for Wall {
    async fn left(&self, ctx: &Context) -> Option<u128> {
        left(ctx)
    }
    async fn patient(&self, ctx: &Context) -> Result<Option<u128>, String> {
        Ok(left(ctx))
    }
    async fn without(&self, ctx: &Context) -> Option<u128> {
        left(ctx)
    }
    async fn hang(&self) {
        std::future::pending::<()>().await;
    }
}

fn client() -> Client {
    let pair = Pair::new().add_service(ClockServer::new(Wall)).unwrap();
    pair.start().0
}

#[tokio::test(start_paused = true)]
async fn deadline_of_the_method_overrides_that_of_the_client() {
    for client in [client(), client().with_deadline(Duration::from_millis(100))] {
        let clock = ClockClient::new(client);
        assert_eq!(clock.left().await.unwrap(), Some(500));
        assert_eq!(clock.patient().await.unwrap(), Some(120_000));
        assert_eq!(clock.without().await.unwrap(), None);
    }
    let begun = Instant::now();
    let late = ClockClient::new(client()).hang().await;
    assert!(matches!(late, Err(Error::DeadlineExceeded { .. })));
    assert!(begun.elapsed() < Duration::from_millis(2));
}

#[tokio::test(start_paused = true)]
async fn deadline_of_the_call_overrides_that_of_the_method() {
    let clock = ClockClient::new(client());
    for ms in [50_u64, 5000] {
        let options = CallOptions::new().with_deadline(Duration::from_millis(ms));
        let clock = clock.with(options);
        // The caller's deadline wins with other options, too.
        let clock = clock.with(CallOptions::new().with_metadata("a", "1"));
        assert_eq!(clock.left().await.unwrap(), Some(ms.into()));
        assert_eq!(clock.patient().await.unwrap(), Some(ms.into()));
    }
    let clock = clock.with(CallOptions::new().with_metadata("a", "1"));
    assert_eq!(clock.left().await.unwrap(), Some(500));
}

#[tokio::test]
async fn carrier_without_options_carries_calls_with_a_deadline() {
    let clock = ClockClient::new(Recorder::replying(b"\0"));
    assert_eq!(clock.left().await.unwrap(), None);
    let calls = clock.into_inner().into_calls();
    assert_eq!(calls[0].0, "Clock.left");
}
