//! Calls that are cancelled, or begun and never polled again.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use std::{future, mem};

use domainsockets::{CallOptions, Client, Server};
use tests::handshake::StartServer;
use tests::raw::RawServer;
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tests::wire::pattern;
use tokio::runtime::Builder;
use tokio::task::{self, JoinSet};

use crate::support::{Pair, QUIET, SOON, poll_once, timely, until, with_handlers};

#[test]
fn t01_call_that_is_never_polled_is_not_sent() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        for _ in 0..100 {
            drop(pair.client.call("count", "never polled"));
        }
        assert_eq!(pair.client.call("count", "").await.unwrap(), "1");
        assert_eq!(pair.probe.counted(), 1);
        pair.end().await;
    });
}

#[test]
fn t01_call_cancelled_behind_a_full_queue_is_not_sent() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || server.accept());
        let client = Client::dial(path).await.unwrap();
        let mut server = accepting.await.unwrap();

        // More than the kernel queues, sent to a server that reads nothing. Each call is polled once, so
        // it is queued before all later ones.
        let mut fills: Vec<_> = (0..50)
            .map(|_| {
                let client = client.clone();
                Box::pin(async move { client.call("fill", pattern(20_000)).await })
            })
            .collect();
        future::poll_fn(|context| {
            for fill in &mut fills {
                assert!(fill.as_mut().poll(context).is_pending());
            }
            Poll::Ready(())
        })
        .await;
        let mut calls = JoinSet::new();
        for fill in fills {
            calls.spawn(fill);
        }
        for _ in 0..20 {
            let given_up = client.call("count", pattern(3000));
            let result = tokio::time::timeout(Duration::from_millis(10), given_up).await;
            assert!(result.is_err(), "the server has not answered");
        }
        for _ in 0..50 {
            let request = server.request();
            assert_eq!(request.handler, b"fill");
            server.reply(request.id, b"");
        }
        for result in calls.join_all().await {
            assert_eq!(result.unwrap(), "");
        }
        let last = tokio::spawn({
            let client = client.clone();
            async move { client.call("last", "").await }
        });
        let request = server.request();
        assert_eq!(request.handler, b"last", "no cancelled call was sent");
        server.reply(request.id, b"");
        last.await.unwrap().unwrap();
        drop((client, server));
        scratch.leak_check();
    });
}

#[test]
fn t06_cancelling_calls_drops_their_handlers() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let mut calls = JoinSet::new();
        for _ in 0..1000 {
            let client = pair.client.clone();
            calls.spawn(async move { client.call("sleep", "10000").await });
        }
        let probe = Arc::clone(&pair.probe);
        watchdog::eventually(SOON, "1000 running", || probe.running() == 1000);
        calls.abort_all();
        while let Some(result) = calls.join_next().await {
            assert!(result.unwrap_err().is_cancelled());
        }
        assert_eq!(pair.client.stats().in_flight, 0, "at once");
        // Far less than the ten seconds that each handler would take.
        watchdog::eventually(SOON, "all dropped", || probe.running() == 0);
        assert_eq!(probe.finished(), 0);

        // All permits for calls in flight are free again, on both sides.
        for index in 0..1000 {
            let client = pair.client.clone();
            calls.spawn(async move {
                assert_eq!(client.call("sleep", "50").await.unwrap(), "50");
                client.call("echo", index.to_string()).await
            });
        }
        for result in calls.join_all().await {
            result.unwrap();
        }
        pair.end().await;
    });
}

#[test]
fn t06_cancelling_a_call_drops_its_handler_quickly() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let (client, probe) = (&pair.client, &pair.probe);
        timely(Duration::ZERO..QUIET, || async move {
            let call = client.call("hang", "");
            let watching = async {
                while probe.running() == 0 {
                    task::yield_now().await;
                }
            };
            tokio::select! {
                _ = call => panic!("it hangs"),
                () = watching => {}
            }
            watchdog::eventually(SOON, "dropped", || probe.running() == 0);
        })
        .await;
        pair.end().await;
    });
}

#[test]
fn t06_late_replies_are_discarded() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || server.accept());
        let client = Client::dial(path).await.unwrap();
        let mut server = accepting.await.unwrap();
        let mut requests = Vec::new();
        for _ in 0..100 {
            let call = tokio::spawn({
                let client = client.clone();
                async move { client.call("slow", "").await }
            });
            requests.push(server.request());
            call.abort();
        }
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.call("next", "").await }
        });
        let next = server.request();
        for late in requests {
            server.reply(late.id, b"late");
        }
        server.reply(next.id, b"right");
        assert_eq!(call.await.unwrap().unwrap(), "right");
        drop((client, server));
        scratch.leak_check();
    });
}

/// A call may be cancelled at any point: no other call gets its bytes.
#[test]
fn t06_cancelling_at_any_point_mixes_up_no_replies() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let mut callers = JoinSet::new();
        for caller in 0..64_u32 {
            let client = pair.client.clone();
            callers.spawn(async move {
                for index in 0..200_u32 {
                    let size = (caller * 7919 + index * 104_729) % 70_000;
                    let data = vec![caller.to_le_bytes()[0]; size as usize];
                    let patience = u64::from((caller * 31 + index * 17) % 3000);
                    let call = client.call("echo", data.clone());
                    let call = tokio::time::timeout(Duration::from_micros(patience), call);
                    if let Ok(reply) = call.await {
                        assert!(reply.unwrap() == data);
                    }
                }
            });
        }
        callers.join_all().await;
        pair.acquaint().await;
        pair.end().await;
    });
}

#[test]
fn f12_calls_that_are_never_polled_again_block_no_other() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(abandon_calls(&scratch));
        drop(runtime);
        scratch.leak_check();
    });
}

#[tokio::test]
async fn a_call_that_is_not_polled_blocks_no_other() {
    let pair = Pair::new().await;
    let (client, probe) = (&pair.client, &pair.probe);
    let mut hang = pin!(client.call("hang", ""));
    assert!(poll_once(hang.as_mut()).is_pending());
    until(|| probe.running() == 1).await;
    // With a call in flight, the next one yields before it sends, so that other calls can join its
    // datagram.
    let mut promised = pin!(client.call("echo", "promised"));
    assert!(poll_once(promised.as_mut()).is_pending());
    // `promised` is not polled while this call waits.
    let options = CallOptions::new().with_deadline(SOON);
    let echoed = client.call_with("echo", "other", options).await.unwrap();
    assert_eq!(echoed, "other");
    assert_eq!(promised.await.unwrap(), "promised");
}

#[tokio::test]
async fn first_call_can_be_cancelled() {
    let pair = Pair::new().await;
    let (client, probe) = (&pair.client, &pair.probe);
    {
        let mut hang = pin!(client.call("hang", ""));
        assert!(poll_once(hang.as_mut()).is_pending());
        // The call was sent, and the server's hello has not been received.
    }
    until(|| (probe.begun(), probe.running()) == (1, 0)).await;
    assert_eq!(client.call("echo", "next").await.unwrap(), "next");
    pair.end().await;
}

#[test]
fn permits_of_cancelled_calls_are_free_at_once() {
    const LIMIT: usize = 4;

    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().max_in_flight(LIMIT);
            builder.bind(path).unwrap()
        })
        .await;
        pair.acquaint().await;
        let probe = Arc::clone(&pair.probe);
        for round in 1..=20 {
            let mut hanging = JoinSet::new();
            for _ in 0..LIMIT {
                let client = pair.client.clone();
                hanging.spawn(async move { client.call("hang", "").await });
            }
            watchdog::eventually(SOON, "all running", || probe.begun() == round * LIMIT);
            hanging.shutdown().await;
            assert_eq!(pair.client.call("echo", "free").await.unwrap(), "free");
            watchdog::eventually(SOON, "all dropped", || probe.running() == 0);
        }
        pair.end().await;
    });
}

async fn abandon_calls(scratch: &Scratch) {
    let server = Server::builder().max_in_flight(4000);
    let server = server.bind(scratch.path("server")).unwrap();
    let server = with_handlers(server, &Arc::default()).started().unwrap();
    let client = Client::builder().max_in_flight(4000);
    let client = client.dial(server.path()).await.unwrap();
    client.call("echo", "hello").await.unwrap();
    future::poll_fn(|context| {
        for _ in 0..1000 {
            let client = client.clone();
            let mut call = Box::pin(async move { client.call("hang", "").await });
            assert!(call.as_mut().poll(context).is_pending());
            mem::forget(call);
        }
        Poll::Ready(())
    })
    .await;
    let mut calls = JoinSet::new();
    for index in 0..1000 {
        let client = client.clone();
        calls.spawn(async move {
            let data = index.to_string();
            assert_eq!(client.call("echo", data.clone()).await.unwrap(), data);
        });
    }
    within(SOON, calls.join_all()).await;
    drop(client);
    // The call that is never polled holds its client, so the connection ends only with the server.
    within(SOON, server.shutdown(Duration::from_millis(10)))
        .await
        .unwrap();
}
