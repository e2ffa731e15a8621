//! Deadlines and metadata that a call inherits from the request whose handler makes it.

use std::convert::Infallible;
use std::time::Duration;

use domainsockets::test::Pair;
use domainsockets::{Bytes, CallOptions, Client, Error, Request, Server};
use tests::handshake::StartServer;
use tests::scratch::Scratch;
use tests::watchdog;
use tokio::time::{Instant, sleep};

use crate::support::{SOON, error};

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Replies with the metadata of the request, and with the milliseconds that are left until its deadline.
async fn tell(request: Request) -> Result<String, Infallible> {
    let context = request.context();
    let mut told = Vec::new();
    for (key, value) in context.metadata_entries() {
        told.push(format!("{key}={}", String::from_utf8_lossy(value)));
    }
    let left = |deadline: std::time::Instant| deadline - Instant::now().into_std();
    told.push(match context.deadline() {
        Some(deadline) => left(deadline).as_millis().to_string(),
        None => "ever".to_owned(),
    });
    Ok(told.join(" "))
}

/// Returns a client of the last service of the chain, which runs `tell`.
fn last() -> Client {
    let hang = |_: Request| std::future::pending::<Result<Bytes, Infallible>>();
    let (client, _link) = Pair::new()
        .register("tell", tell)
        .unwrap()
        .register("hang", hang)
        .unwrap()
        .start();
    client
}

/// Returns a client of the service in the middle, whose handler `ask` waits and then calls the last one.
fn middle(last: Client, options: CallOptions) -> Client {
    let ask = move |request: Request| {
        let (last, options) = (last.clone(), options.clone());
        async move {
            let data = str::from_utf8(request.data()).unwrap();
            sleep(ms(data.parse().unwrap())).await;
            last.call_with("tell", "", options).await
        }
    };
    let (client, _link) = Pair::new().register("ask", ask).unwrap().start();
    client
}

/// Returns what the last service replies to a call with `outer` made in the handler of a call with
/// `inner`.
async fn told(outer: CallOptions, inner: CallOptions) -> String {
    let middle = middle(last(), inner);
    let told = middle.call_with("ask", "100", outer).await.unwrap();
    String::from_utf8(told.to_vec()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn b10_deadline_and_metadata_are_inherited() {
    let none = CallOptions::new();
    let outer = CallOptions::new()
        .with_deadline(ms(500))
        .with_metadata("a", "outer")
        .with_metadata("b", "outer");
    assert_eq!(told(none.clone(), none.clone()).await, "ever");
    assert_eq!(
        told(outer.clone(), none.clone()).await,
        "a=outer b=outer 400"
    );
    // The call's own metadata win over inherited ones, but its deadline is no later.
    let inner = CallOptions::new()
        .with_metadata("b", "inner")
        .with_metadata("c", "");
    let inherited = told(outer.clone(), inner.clone().with_deadline(ms(1000))).await;
    assert_eq!(inherited, "a=outer b=inner c= 400");
    let inherited = told(outer.clone(), inner.with_deadline(ms(50))).await;
    assert_eq!(inherited, "a=outer b=inner c= 50");
    // The client's own deadline bounds the call as well.
    let brisk = middle(last().with_deadline(ms(70)), none.clone());
    let inherited = brisk.call_with("ask", "100", outer.clone()).await.unwrap();
    assert_eq!(inherited, "a=outer b=outer 70");

    assert_eq!(told(outer.clone(), none.clone().detached()).await, "ever");
    let inner = none
        .clone()
        .with_metadata("c", "inner")
        .with_deadline(ms(9000));
    assert_eq!(told(outer.clone(), inner.detached()).await, "c=inner 9000");
}

#[tokio::test(start_paused = true)]
async fn b11_chain_ends_at_its_first_deadline() {
    let last = last();
    let hang = move |_: Request| {
        let last = last.clone();
        async move { last.call("hang", "").await }
    };
    let (middle, _link) = Pair::new().register("hang", hang).unwrap().start();
    let begun = Instant::now();
    let options = CallOptions::new().with_deadline(ms(300));
    let late = error(middle.call_with("hang", "", options).await);
    assert!(matches!(late, Error::DeadlineExceeded { .. }));
    assert!((ms(300)..ms(310)).contains(&begun.elapsed()));
}

#[tokio::test(start_paused = true)]
async fn b12_nothing_is_inherited_outside_of_the_handler() {
    let last = last();
    let ask = move |request: Request| {
        let (spawns, last) = (request.data() == "spawn", last.clone());
        async move {
            if spawns {
                let call = async move { last.call("tell", "").await };
                tokio::spawn(call).await.unwrap()
            } else {
                // The thread polls other tasks during this sleep.
                sleep(ms(10)).await;
                last.call("tell", "").await
            }
        }
    };
    let (middle, _link) = Pair::new().register("ask", ask).unwrap().start();
    let options = CallOptions::new().with_metadata("a", "1");
    let spawned = middle.call_with("ask", "spawn", options.clone()).await;
    assert_eq!(spawned.unwrap(), "ever");
    let (one, other, third) = tokio::join!(
        middle.call_with("ask", "", options),
        middle.call("ask", ""),
        async {
            sleep(ms(5)).await;
            middle.call("ask", "").await
        },
    );
    assert_eq!(one.unwrap(), "a=1 ever");
    assert_eq!(other.unwrap(), "ever");
    assert_eq!(third.unwrap(), "ever");
}

#[tokio::test(start_paused = true)]
async fn b13_inherited_and_own_metadata_are_bounded_together() {
    let inner = CallOptions::new().with_metadata("b", vec![0; 5000]);
    let middle = middle(last(), inner);
    let outer = |size| CallOptions::new().with_metadata("a", vec![0; size]);
    let told = middle.call_with("ask", "0", outer(3190)).await.unwrap();
    assert!(8190 < told.len());
    let refused = error(middle.call_with("ask", "0", outer(3191)).await);
    assert!(refused.to_string().contains("8193 bytes"), "{refused}");
}

#[test]
fn b14_deadline_and_metadata_are_inherited_over_sockets() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let last = Server::bind(scratch.path("last")).unwrap();
        let last = last.register("tell", tell).unwrap().started().unwrap();
        let client = Client::dial(last.path()).await.unwrap();
        let middle = Server::bind(scratch.path("middle")).unwrap();
        let ask = move |_: Request| {
            let client = client.clone();
            async move { client.call("tell", "").await }
        };
        let middle = middle.register("ask", ask).unwrap().started().unwrap();
        let first = Client::dial(middle.path()).await.unwrap();
        for _ in 0..3 {
            assert_eq!(first.call("ask", "").await.unwrap(), "ever");
            let options = CallOptions::new()
                .with_deadline(SOON)
                .with_metadata("trace", "7f");
            let told = first.call_with("ask", "", options).await.unwrap();
            let told = str::from_utf8(&told).unwrap();
            let left = told.strip_prefix("trace=7f ").unwrap().parse().unwrap();
            assert!((1..=SOON.as_millis()).contains(&left), "{told}");
        }
        drop(first);
        middle.close().await.unwrap();
        last.close().await.unwrap();
        scratch.leak_check();
    });
}
