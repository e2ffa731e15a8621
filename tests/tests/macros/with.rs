//! Stubs with options for their calls.

use std::sync::Arc;
use std::time::Duration;

use domainsockets::test::Pair;
use domainsockets::{CallOptions, Carrier, Context, Error, With, service};
use tokio::time::Instant;

use crate::macros::recorder::Recorder;

#[service]
trait Desk {
    /// Returns the call's metadata, and how many milliseconds are left.
    async fn told(&self, ctx: &Context) -> (Vec<String>, Option<u128>);
    async fn wait(&self, ms: u64) -> Result<u64, String>;
}

struct Clerk;

impl Desk for Clerk {
    async fn told(&self, ctx: &Context) -> (Vec<String>, Option<u128>) {
        let entries = ctx.metadata_entries();
        let entries =
            entries.map(|(key, value)| format!("{key}={}", String::from_utf8_lossy(value)));
        let left = |deadline: std::time::Instant| deadline - Instant::now().into_std();
        (
            entries.collect(),
            ctx.deadline().map(|deadline| left(deadline).as_millis()),
        )
    }
    async fn wait(&self, ms: u64) -> Result<u64, String> {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        Ok(ms)
    }
}

fn desk() -> DeskClient {
    let (client, _link) = Pair::new()
        .add_service(DeskServer::new(Clerk))
        .unwrap()
        .start();
    DeskClient::new(client)
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[tokio::test(start_paused = true)]
async fn options_apply_to_every_call_of_the_stub() {
    let desk = desk();
    let brisk = desk.with(CallOptions::new().with_deadline(ms(100)));
    for _ in 0..2 {
        assert!(brisk.wait(50).await.is_ok());
        let begun = Instant::now();
        assert!(brisk.wait(200).await.is_err());
        assert!((ms(100)..ms(110)).contains(&begun.elapsed()));
    }
    // The stub that it was created from is unchanged.
    assert_eq!(desk.wait(200).await.unwrap(), 200);
    assert_eq!(desk.told().await.unwrap(), (vec![], None));
}

#[tokio::test(start_paused = true)]
async fn later_options_override_earlier_ones() {
    let desk = desk();
    let first = CallOptions::new()
        .with_deadline(ms(300))
        .with_metadata("a", "1")
        .with_metadata("b", "1");
    let first = desk.with(first);
    let second = first.with(
        CallOptions::new()
            .with_metadata("b", "2")
            .with_metadata("c", "2"),
    );
    let (entries, left) = second.told().await.unwrap();
    assert_eq!(
        (entries.join(" "), left),
        ("a=1 b=2 c=2".to_owned(), Some(300))
    );
    let third = second.with(CallOptions::new().with_deadline(ms(500)));
    let (entries, left) = third.clone().told().await.unwrap();
    assert_eq!(
        (entries.join(" "), left),
        ("a=1 b=2 c=2".to_owned(), Some(500))
    );
    let (entries, left) = first.told().await.unwrap();
    assert_eq!((entries.join(" "), left), ("a=1 b=1".to_owned(), Some(300)));
}

#[tokio::test]
async fn stub_with_options_can_be_stored_with_its_carrier() {
    async fn ask<C: Carrier>(desk: DeskClient<With<Arc<C>>>) -> Result<u64, Error> {
        desk.wait(1).await.map_err(|_| Error::ShuttingDown)
    }
    // A carrier without options carries the calls unchanged.
    let desk = DeskClient::new(Arc::new(Recorder::replying(b"\0\x07")));
    let options = CallOptions::new().with_metadata("a", "1");
    assert_eq!(ask(desk.with(options)).await.unwrap(), 7);
}
