//! The metadata and the deadline of a call.

use std::convert::Infallible;
use std::future;
use std::time::Duration;

use domainsockets::test::Pair as Joined;
use domainsockets::{CallOptions, Client, Error, Request, Server};
use tests::handshake::StartServer;
use tests::raw::{RawClient, RawServer};
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tests::wire::{ClientMsg, ServerMsg, TYPE_ZERO, pattern};
use tokio::sync::mpsc;
use tokio::task;
use tokio::time::Instant;

use crate::support::{Pair, SOON, error};

/// Returns a `$meta` message with these fields.
fn meta(fields: &[u8]) -> Vec<u8> {
    let message = ClientMsg {
        id: 0,
        kind: TYPE_ZERO,
        handler: b"$meta".to_vec(),
        data: fields.to_vec(),
    };
    message.encode()
}

/// Returns a server whose only handler replies with the metadata and the deadline of its call.
fn telling(scratch: &Scratch) -> Server {
    let server = Server::bind(scratch.path("telling")).unwrap();
    let tell = |request: Request| async move {
        let context = request.context();
        let mut told = Vec::new();
        for (key, value) in context.metadata_entries() {
            assert_eq!(context.metadata(key), Some(value));
            told.push(format!("{key}={}", String::from_utf8_lossy(value)));
        }
        let deadline = if context.deadline().is_some() {
            "soon"
        } else {
            "ever"
        };
        told.push(deadline.to_owned());
        Ok::<_, Infallible>(told.join(" "))
    };
    server.register("tell", tell).unwrap()
}

#[test]
fn b01_handlers_see_metadata_and_deadlines() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = telling(&scratch).started().unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        let options = CallOptions::new()
            .with_metadata("tenant", "blue")
            .with_metadata("trace", "7f")
            .with_metadata("tenant", b"red");
        for (options, told) in [
            (options.clone(), "tenant=red trace=7f ever"),
            (CallOptions::new(), "ever"),
            (CallOptions::new().with_deadline(SOON), "soon"),
            (options.with_deadline(SOON), "tenant=red trace=7f soon"),
        ] {
            let reply = client.call_with("tell", "", options).await;
            assert_eq!(reply.unwrap(), told);
        }
        // A client does not send the deadline that it sets for all of its calls.
        let reply = client.with_deadline(SOON).call("tell", "").await;
        assert_eq!(reply.unwrap(), "ever");
        drop(client);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn b02_metadata_precedes_its_call_in_the_same_datagram() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || server.accept());
        let client = Client::dial(path).await.unwrap();
        let mut server = accepting.await.unwrap();
        for options in [
            CallOptions::new(),
            CallOptions::new().with_metadata("key", "value"),
            CallOptions::new(),
        ] {
            let client = client.clone();
            let call = tokio::spawn(async move { client.call_with("echo", "x", options).await });
            let request = server.request();
            server.reply(request.id, b"");
            call.await.unwrap().unwrap();
        }
        let datagrams = server.received().iter().map(|datagram| &datagram.bytes[..]);
        let calls: Vec<_> = datagrams.filter(|bytes| bytes.ends_with(b"x")).collect();
        let of = |id| ClientMsg::request(id, "echo", b"x").encode();
        assert!(calls[0].ends_with(&of(1)), "after the hello");
        let said = [meta(b"\x02\x09\x03keyvalue"), of(2)].concat();
        assert_eq!(calls[1], said);
        assert_eq!(calls[2], of(3), "a call without metadata sends none");
        drop((client, server));
        scratch.leak_check();
    });
}

#[test]
fn b03_metadata_belongs_to_the_next_call_only() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = telling(&scratch).started().unwrap();
        let path = server.path().to_owned();
        let asking = task::spawn_blocking(move || {
            let mut client = RawClient::connect(&path);
            let a = meta(b"\x02\x04\x01a12");
            // The last metadata counts, unknown fields are skipped, and a keep-alive changes nothing.
            client.send(&meta(b"\x01\x01\x00"));
            client.send(&[&a[..], &tests::wire::KEEPALIVE].concat());
            assert_eq!(client.call(0, "tell", b"").data, b"a=12 ever");
            assert_eq!(client.call(1, "tell", b"").data, b"ever");
            client.send(&meta(b"\x7f\x03new\x02\x02\x01a\x02\x03\x01ab"));
            assert_eq!(client.call(2, "tell", b"").data, b"a=b ever");
            // A call of an unknown handler uses up its metadata, too.
            client.send(&a);
            assert_eq!(client.call(3, "nobody", b"").kind, TYPE_ZERO);
            assert_eq!(client.call(4, "tell", b"").data, b"ever");
            // A deadline later than the clock can represent.
            client.send(&meta(b"\x01\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
            client.call(5, "tell", b"")
        });
        assert_eq!(asking.await.unwrap().data, b"soon");
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn b04_malformed_metadata_ends_the_connection() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = telling(&scratch).started().unwrap();
        let path = server.path().to_owned();
        let entry = b"\x02\x02\x01a".to_vec();
        let large = [&b"\x02\x82\x40\x01a"[..], &pattern(8192)].concat();
        task::spawn_blocking(move || {
            for (fields, is_fine) in [
                (entry.repeat(32), true),
                (entry.repeat(33), false),
                (large[..large.len() - 1].to_vec(), false),
                (large, false),
                (b"\x01\x02\x80\x00".to_vec(), false),
                (b"\x02\x02\x01\xff".to_vec(), false),
                (b"\x03\x01\x00".to_vec(), false),
                (b"\x01".to_vec(), false),
            ] {
                let mut client = RawClient::connect(&path);
                client.send(&meta(&fields));
                if is_fine {
                    assert_eq!(client.call(0, "tell", b"").data, b"a= ever");
                } else {
                    assert!(client.is_closed_within(SOON), "{fields:?}");
                }
            }
        })
        .await
        .unwrap();
        assert_eq!(server.stats().violations, 7);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn b05_too_much_metadata_is_not_sent() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = telling(&scratch).started().unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        let many = |count: usize| {
            let add =
                |options: CallOptions, key: usize| options.with_metadata(&key.to_string(), "");
            (0..count).fold(CallOptions::new(), add)
        };
        let large = |size: usize| CallOptions::new().with_metadata("key", pattern(size - 3));
        for (options, entries, size) in [(many(33), 33, 56), (large(8193), 1, 8193)] {
            let refused = error(client.call_with("tell", "", options).await);
            let expected = Error::TooMuchMetadata {
                entries,
                size,
                entry_limit: 32,
                size_limit: 8192,
            };
            assert_eq!(refused.to_string(), expected.to_string());
        }
        for (options, size) in [(many(32), 90), (large(8192), 8192)] {
            let told = client.call_with("tell", "", options).await.unwrap();
            assert!(size < told.len(), "{told:?}");
        }
        drop(client);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn b06_handler_is_stopped_at_the_deadline() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let path = pair.path();
        let asking = task::spawn_blocking(move || {
            let mut client = RawClient::connect(&path);
            client.announce(65_536, 1 << 20);
            client.send(&meta(b"\x01\x02\xd0\x0f"));
            let reply = client.call(1, "hang", b"");
            // The call is no longer in flight, so its id can be used again.
            assert_eq!(client.call(1, "echo", b"again").data, b"again");
            reply
        });
        let late = asking.await.unwrap();
        assert_eq!(
            late,
            ServerMsg::error(1, "hang", "$deadline-exceeded: the deadline has passed")
        );
        assert_eq!((pair.probe.begun(), pair.probe.running()), (1, 0));
        pair.end().await;
    });
}

#[tokio::test(start_paused = true)]
async fn b07_deadline_is_sent_as_the_time_left() {
    let (client, _link) = Joined::new()
        .register("left", |request: Request| async move {
            let deadline = request.context().deadline().unwrap();
            let left = deadline.saturating_duration_since(Instant::now().into_std());
            Ok::<_, Infallible>(left.as_millis().to_string())
        })
        .unwrap()
        .start();
    let options = CallOptions::new().with_deadline(Duration::from_millis(1500));
    assert_eq!(client.call_with("left", "", options).await.unwrap(), "1500");
}

#[tokio::test(start_paused = true)]
async fn b08_context_notifies_tasks_that_outlive_the_handler() {
    let (told, mut was_told) = mpsc::unbounded_channel();
    let (client, _link) = Joined::new()
        .register("hang", move |request: Request| {
            let (context, told) = (request.context().clone(), told.clone());
            tokio::spawn(async move {
                assert!(!context.is_cancelled());
                context.cancelled().await;
                assert!(context.is_cancelled());
                context.cancelled().await;
                told.send(Instant::now()).unwrap();
            });
            async { future::pending::<Result<Vec<u8>, Infallible>>().await }
        })
        .unwrap()
        .register("go", |request: Request| async move {
            Ok::<_, Infallible>(request.into_data())
        })
        .unwrap()
        .start();
    client.call("go", "").await.unwrap();
    let begun = Instant::now();
    let ms = Duration::from_millis;

    // The deadline has passed. The context reports that once.
    let options = CallOptions::new().with_deadline(ms(100));
    let late = error(client.call_with("hang", "", options).await);
    assert!(matches!(late, Error::DeadlineExceeded { .. }));
    let at = within(SOON, was_told.recv()).await.unwrap();
    assert!((ms(100)..ms(110)).contains(&(at - begun)));

    // The caller has dropped the call.
    let begun = Instant::now();
    let given_up = tokio::time::timeout(ms(50), client.call("hang", "")).await;
    assert!(given_up.is_err());
    let at = within(SOON, was_told.recv()).await.unwrap();
    assert!((ms(50)..ms(60)).contains(&(at - begun)));

    // The caller's process has ended.
    let begun = Instant::now();
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.call("hang", "").await }
    });
    tokio::time::sleep(ms(20)).await;
    call.abort();
    drop(client);
    let at = within(SOON, was_told.recv()).await.unwrap();
    assert!((ms(20)..ms(30)).contains(&(at - begun)));
}

#[tokio::test(start_paused = true)]
async fn b09_answered_calls_are_not_cancelled() {
    let (context, mut contexts) = mpsc::unbounded_channel();
    let (client, _link) = Joined::new()
        .register("keep", move |request: Request| {
            context.send(request.context().clone()).unwrap();
            async move {
                if request.data() == "hang" {
                    future::pending::<()>().await;
                }
                Ok::<_, Infallible>("kept")
            }
        })
        .unwrap()
        .start();
    client.call("keep", "").await.unwrap();
    let kept = contexts.recv().await.unwrap();
    // Another call of the same handler, which the caller cancels.
    let given_up = tokio::time::timeout(Duration::from_secs(1), client.call("keep", "hang")).await;
    assert!(given_up.is_err());
    let other = contexts.recv().await.unwrap();
    other.cancelled().await;
    let options = CallOptions::new().with_deadline(Duration::from_secs(2));
    client.call_with("keep", "", options).await.unwrap();
    let timed = contexts.recv().await.unwrap();
    drop(client);
    let waited = tokio::time::timeout(Duration::from_secs(1), kept.cancelled()).await;
    assert!(waited.is_err() && !kept.is_cancelled());
    assert!(other.is_cancelled());
    assert!(!timed.is_cancelled());
    timed.cancelled().await;
    assert!(timed.is_cancelled());
}
