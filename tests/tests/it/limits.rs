//! Limits on the size of messages and on the number of calls in flight.

use std::future::poll_fn;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::{Client, Error, Server};
use tests::raw::{RawClient, RawServer};
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tests::wire::{ClientMsg, TYPE_ZERO, pattern};
use tokio::task::JoinSet;

use crate::support::{MAX_MESSAGE_SIZE, Pair, SOON, error, poll_once};

#[test]
fn m01_oversized_request_is_not_sent() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let server = thread::spawn(move || {
            let mut connection = server.accept();
            let request = connection.request();
            assert_eq!(request.data, b"small", "nothing of the large one is sent");
            connection.reply(request.id, b"small");
            let received = connection.received().iter();
            let received: usize = received.map(|datagram| datagram.bytes.len()).sum();
            assert!(received < 200, "{received} bytes");
        });
        let client = Client::dial(path).await.unwrap();
        let large = pattern(MAX_MESSAGE_SIZE + 1);
        let begin = Instant::now();
        let refused = error(client.call("echo", large).await);
        assert!(begin.elapsed() < Duration::from_secs(1), "at once");
        assert_too_large(&refused, MAX_MESSAGE_SIZE + 1, MAX_MESSAGE_SIZE);
        assert_eq!(client.call("echo", "small").await.unwrap(), "small");
        server.join().unwrap();
        drop(client);
        scratch.leak_check();
    });
}

#[test]
fn m01_limit_of_the_client_bounds_requests_and_replies() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let client = Client::builder().max_message_size(1000);
        let client = client.dial(pair.path()).await.unwrap();
        assert_too_large(&error(client.call("echo", pattern(1001)).await), 1001, 1000);
        assert_eq!(client.call("len", pattern(1000)).await.unwrap(), "1000");
        // The server knows the client's limit.
        let refused = error(client.call("size", "1001").await);
        assert_too_large(&refused, 1001, 1000);
        assert_eq!(client.call("size", "1000").await.unwrap().len(), 1000);
        drop(client);
        pair.end().await;
    });
}

#[test]
fn m02_oversized_reply_fails_its_call() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        for _ in 0..2 {
            let text = (MAX_MESSAGE_SIZE + 1).to_string();
            let refused = error(pair.client.call("size", text).await);
            assert_too_large(&refused, MAX_MESSAGE_SIZE + 1, MAX_MESSAGE_SIZE);
            assert_eq!(pair.client.call("echo", "on").await.unwrap(), "on");
        }
        pair.end().await;
    });
}

#[test]
fn m02_limit_of_the_server_is_known_after_the_first_reply() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().max_message_size(64 << 10);
            builder.bind(path).unwrap()
        })
        .await;
        // The server's first reply tells the client its limit.
        pair.acquaint().await;
        let refused = error(pair.client.call("len", pattern((64 << 10) + 1)).await);
        assert_too_large(&refused, (64 << 10) + 1, 64 << 10);
        let len = pair.client.call("len", pattern(64 << 10)).await.unwrap();
        assert_eq!(len, "65536");

        // A raw client may send the largest allowed message, too.
        let mut raw = RawClient::connect(&pair.path());
        raw.request(3, "len", &pattern(64 << 10));
        assert_eq!(raw.message(SOON).unwrap().data, b"65536");
        drop(raw);
        pair.end().await;
    });
}

/// A call over the limit waits without disturbing others, and starts once another call is cancelled.
#[test]
fn o01_call_over_the_limit_in_flight_waits() {
    const LIMIT: usize = 1000;

    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let (client, probe) = (&pair.client, &pair.probe);
        let mut hanging: Vec<_> = (0..LIMIT)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.call("hang", "").await })
            })
            .collect();
        watchdog::eventually(SOON, "all running", || probe.running() == LIMIT);
        let mut waiting = Box::pin(client.call("count", ""));
        poll_fn(|context| {
            assert!(waiting.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;

        let other = Client::dial(pair.path()).await.unwrap();
        let other = other.with_deadline(SOON);
        for index in 0..100 {
            let data = index.to_string();
            assert_eq!(other.call("echo", data.clone()).await.unwrap(), data);
        }
        assert_eq!((client.stats().in_flight, probe.counted()), (LIMIT, 0));

        hanging.pop().unwrap().abort();
        assert_eq!(within(SOON, waiting).await.unwrap(), "1");
        watchdog::eventually(SOON, "one dropped", || probe.running() == LIMIT - 1);
        for call in &hanging {
            call.abort();
        }
        watchdog::eventually(SOON, "all dropped", || probe.running() == 0);
        drop(other);
        pair.end().await;
    });
}

/// The client keeps the server's announced limit, even if more calls were in flight before it was
/// announced.
#[test]
fn o01_limit_in_flight_of_the_server_is_kept() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().max_in_flight(10);
            builder.bind(path).unwrap()
        })
        .await;
        for round in 0..3 {
            let mut calls = JoinSet::new();
            for _ in 0..1000 {
                let client = pair.client.clone();
                calls.spawn(async move { client.call("sleep", "1").await });
            }
            for result in calls.join_all().await {
                match result {
                    Ok(_) => {}
                    // The client does not know the limit in the first round.
                    Err(Error::Overloaded { .. }) if round == 0 => {}
                    Err(error) => panic!("round {round}: {error:?}"),
                }
            }
        }
        pair.end().await;
    });
}

/// Permits that are granted to calls which just timed out are neither lost nor counted twice.
#[test]
fn o01_calls_that_time_out_return_their_permits() {
    watchdog::run(|| async {
        const LIMIT: usize = 4;
        let pair = Pair::new().await;
        let client = Client::builder().max_in_flight(LIMIT);
        let client = client.dial(pair.path()).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        for round in 0..300_u64 {
            let mut calls = JoinSet::new();
            for _ in 0..20 {
                // Running and waiting calls have the same deadline.
                let client = client.with_deadline(Duration::from_micros(1000 + round * 10));
                calls.spawn(async move { client.call("hang", "").await });
            }
            for result in calls.join_all().await {
                let late = error(result);
                assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
            }
        }
        watchdog::eventually(SOON, "all dropped", || pair.probe.running() == 0);
        let mut calls = JoinSet::new();
        for _ in 0..10 * LIMIT {
            let client = client.clone();
            calls.spawn(async move { client.call("sleep", "2").await });
        }
        while let Some(result) = calls.join_next().await {
            assert!(pair.probe.running() <= LIMIT && client.stats().in_flight <= LIMIT);
            result.unwrap().unwrap();
        }
        drop(client);
        pair.end().await;
    });
}

#[test]
fn error_text_over_the_limit_is_cut() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let fail = |_| async { Err::<Vec<u8>, _>("x".repeat(5000)) };
            let server = Server::bind(path).unwrap();
            server.register("fail at length", fail).unwrap()
        })
        .await;
        let client = Client::builder().max_message_size(1000);
        let client = client.dial(pair.path()).await.unwrap();
        let failed = error(client.call("fail at length", "").await);
        assert!(
            matches!(&failed, Error::Handler(text) if text.contains("exceed 1000")),
            "{failed:?}"
        );
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        drop(client);
        pair.end().await;
    });
}

/// The client does not know what the server accepts before its first reply.
#[test]
fn first_request_over_the_limit_of_the_server_fails_at_once() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().max_message_size(1000);
            builder.bind(path).unwrap()
        })
        .await;
        // The data exceed the limit but not the codec's allowance, so the server receives and refuses
        // the request.
        let refused = error(pair.client.call("echo", pattern(5000)).await);
        assert_too_large(&refused, 5000, 1000);
        assert_eq!(pair.server.stats().violations, 0);
        let other = Client::dial(pair.path()).await.unwrap();
        let refused = error(other.call("echo", pattern(100_000)).await);
        assert_too_large(&refused, 100_000, 1000);
        // The server answers before it closes the connection, so a call made in between could still be
        // sent.
        within(SOON, other.closed()).await;
        let cut = error(other.call("echo", "").await);
        let never_ran = matches!(
            cut,
            Error::Disconnected {
                may_have_run: false
            }
        );
        assert!(never_ran, "{cut:?}");
        assert_eq!(pair.server.stats().violations, 1);
        pair.end().await;
    });
}

#[tokio::test]
async fn call_waits_for_its_permit_outside_of_the_runtime() {
    let pair = Pair::new().await;
    let client = Client::builder().max_in_flight(1);
    let client = client.dial(pair.path()).await.unwrap();
    let first = client.clone();
    let hang = tokio::spawn(async move { first.call("hang", "").await });
    tokio::task::yield_now().await;
    let mut queued = Box::pin(async move { client.call("echo", "queued").await });
    let queued = thread::spawn(move || {
        assert!(poll_once(queued.as_mut()).is_pending());
        queued
    });
    let queued = queued.join().unwrap();
    hang.abort();
    assert_eq!(queued.await.unwrap(), "queued");
    pair.end().await;
}

#[track_caller]
fn assert_too_large(error: &Error, expected: usize, bound: usize) {
    assert!(
        matches!(error, Error::TooLarge { size, limit } if (*size, *limit) == (expected, bound)),
        "{error:?}"
    );
}

/// A list that is longer than any client sends would cost the server, and other clients, more time than as many other
/// bytes.
#[test]
fn lists_of_extensions_are_bounded() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let extension = |handler: &str, data: &[u8]| {
            let mut message = ClientMsg::request(0, handler, data);
            message.kind = TYPE_ZERO;
            message.encode()
        };
        let fields = |count| b"\x7f\x00".repeat(count);
        for (handler, most, more) in [
            ("$cancel", vec![1; 1024], vec![1; 1025]),
            ("$hello", fields(64), fields(65)),
            ("$meta", fields(64), fields(65)),
            ("$cancel", vec![0x80; 16 << 10], vec![0x80; (16 << 10) + 1]),
            ("$other", vec![1; 20_000], Vec::new()),
        ] {
            let mut raw = RawClient::connect(&pair.path());
            raw.send(&extension(handler, &most));
            assert_eq!(raw.call(1, "echo", b"on").data, b"on", "{handler}");
            if !more.is_empty() {
                raw.send(&extension(handler, &more));
                assert!(raw.is_closed_within(SOON), "{handler}");
            }
        }
        assert_eq!(pair.server.stats().violations, 4);
        pair.end().await;
    });
}
