//! What the project promises beyond the cases: large messages in linear time, and many calls.

use std::convert::Infallible;
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::{Bytes, Client, Error, Request, Server};
use tests::guard::{self, within};
use tests::process::Process;
use tests::raw::{RawClient, RawServer};
use tests::scratch::Scratch;
use tests::wire::{ClientMsg, pattern};
use tokio::task::{self, JoinSet};

use crate::support::{Pair, SOON, assert_same, error, peer};

const MILLION: usize = 1_000_000;

#[test]
fn done_million_bytes_both_ways() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        for _ in 0..3 {
            let reply = pair.client.call("echo", pattern(MILLION)).await.unwrap();
            assert_same(&reply, &pattern(MILLION));
        }
        pair.end().await;
    });
}

#[test]
fn done_million_bytes_in_the_first_call() {
    guard::run(|| async {
        let pair = Pair::new().await;
        let reply = pair.client.call("echo", pattern(MILLION)).await.unwrap();
        assert_same(&reply, &pattern(MILLION));
        pair.end().await;
    });
}

#[test]
fn done_million_bytes_from_an_unannounced_client() {
    guard::run(|| async {
        let pair = Pair::new().await;
        let mut raw = RawClient::connect(&pair.path());
        for handler in ["len", "echo"] {
            let request = ClientMsg::request(1, handler, &pattern(MILLION)).encode();
            for datagram in request.chunks(4096) {
                raw.send(datagram);
            }
        }
        assert_eq!(raw.message(SOON).unwrap().data, b"1000000");
        let refused = raw.message(SOON).unwrap();
        assert_eq!((refused.id, refused.kind), (1, 0));
        assert_names_both_sizes(&refused.text());
        assert!(raw.received().iter().all(|reply| reply.bytes.len() <= 4096));
        assert_eq!(raw.call(2, "echo", b"on").data, b"on");
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn done_million_bytes_to_an_unannounced_server() {
    guard::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().announce(false);
            builder.bind(path).unwrap()
        })
        .await;
        let reserved = Client::builder().announce(false);
        let reserved = reserved.dial(pair.path()).await.unwrap();
        for client in [&pair.client, &reserved] {
            assert_eq!(
                client.call("len", pattern(MILLION)).await.unwrap(),
                "1000000"
            );
            let refused = error(client.call("echo", pattern(MILLION)).await);
            assert!(
                matches!(refused, Error::Handler(_) | Error::TooLarge { .. }),
                "{refused:?}"
            );
            assert_names_both_sizes(&refused.to_string());
            assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        }
        drop(reserved);
        pair.end().await;
    });
}

fn assert_names_both_sizes(text: &str) {
    assert!(text.contains("1000000") && text.contains("4096"), "{text}");
}

#[test]
fn done_large_request_is_sent_once() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let sizes = [MILLION / 4, MILLION, 4 * MILLION];
        let server = thread::spawn(move || {
            let mut connection = server.accept();
            connection.announce(1 << 22, 1 << 22);
            let first = connection.request();
            connection.reply(first.id, b"");
            for size in sizes {
                let before = connection.received().len();
                let request = connection.request();
                assert_same(&request.data, &pattern(size));
                let datagrams = &connection.received()[before..];
                let bytes: usize = datagrams.iter().map(|datagram| datagram.bytes.len()).sum();
                assert!(bytes < size + 64, "{size}: {bytes} bytes");
                // The last is short; all others are full.
                let most = size.div_ceil(60 << 10) + 2;
                assert!(
                    datagrams.len() <= most,
                    "{size}: {} datagrams",
                    datagrams.len()
                );
                connection.reply(request.id, b"");
            }
        });
        let client = Client::dial(path).await.unwrap();
        client.call("first", "").await.unwrap();
        for size in sizes {
            client.call("large", pattern(size)).await.unwrap();
        }
        server.join().unwrap();
        drop(client);
        scratch.leak_check();
    });
}

#[test]
fn done_time_is_linear_in_the_size() {
    guard::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let data = Bytes::from(pattern(4 << 20));
        let mut best = Vec::new();
        for size in [256 << 10, 4 << 20] {
            let mut times = Vec::new();
            for _ in 0..10 {
                let data = data.slice(..size);
                let begin = Instant::now();
                let reply = pair.client.call("echo", data.clone()).await.unwrap();
                times.push(begin.elapsed());
                assert!(reply == data);
            }
            best.push(times.into_iter().min().unwrap());
        }
        // Sixteen times the size: sixteen times the time if it is linear, 256 times if it is
        // quadratic.
        let ratio = best[1].as_secs_f64() / best[0].as_secs_f64();
        assert!(ratio < 80.0, "{best:?}");
        pair.end().await;
    });
}

#[test]
fn done_hundred_thousand_calls_of_64_callers() {
    guard::run(|| async {
        let pair = Pair::new().await;
        let mut callers = JoinSet::new();
        for caller in 0..64 {
            let client = pair.client.clone();
            callers.spawn(async move {
                // 64 × 1563 are 100 032.
                for call in 0..1563 {
                    let data = Bytes::from(format!("caller {caller} call {call}"));
                    let reply = client.call("echo", data.clone()).await.unwrap();
                    assert_eq!(reply, data);
                }
            });
        }
        callers.join_all().await;
        pair.end().await;
    });
}

/// Replies pile up until the server reads no more requests; it must go on once they have left.
#[test]
fn done_piled_up_replies_do_not_stop_the_connection() {
    guard::run(|| async {
        let pair = Pair::bound(|path| {
            let late = |request: Request| async move {
                // Busy, so that other replies are written before this one is sent.
                let begin = Instant::now();
                while begin.elapsed() < Duration::from_millis(3) {}
                Ok::<_, Infallible>(request.into_data())
            };
            let server = Server::bind(path).unwrap();
            server.register("late", late).unwrap()
        })
        .await;
        let arguments = "call server late --size 300000 --count 1000 --concurrency 500";
        let arguments: Vec<_> = arguments.split(' ').collect();
        let dir = pair.scratch.dir().to_owned();
        let calling = task::spawn_blocking(move || Process::output(peer(), &dir, &arguments));
        // A server that stops reads on when its idle time is over, so this does not take long.
        let output = within(Duration::from_secs(20), calling).await.unwrap();
        assert!(output.status.success(), "{output:?}");
        pair.end().await;
    });
}

#[test]
fn done_calls_of_all_sizes_share_a_connection() {
    guard::run(|| async {
        let pair = Pair::new().await;
        let mut callers = JoinSet::new();
        for caller in 0..16 {
            let client = pair.client.clone();
            callers.spawn(async move {
                for call in 0..40 {
                    let size = (caller * 7919 + call * 104_729) % 200_000;
                    let data = Bytes::from(pattern(size));
                    let client = client.with_deadline(Duration::from_secs(20));
                    let reply = client.call("echo", data.clone()).await.unwrap();
                    assert!(reply == data, "{size}");
                }
            });
        }
        callers.join_all().await;
        pair.end().await;
    });
}
