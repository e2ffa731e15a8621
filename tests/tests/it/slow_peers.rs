//! Clients that read or send slowly.

use std::convert::Infallible;
use std::fs::{self, File};
use std::time::{Duration, Instant};

use domainsockets::Server;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::subprocess::{in_subprocess, resident};
use tests::watchdog;
use tests::wire::{ClientMsg, pattern};
use tokio::sync::mpsc;

use crate::log;
use crate::support::{Daemon, Pair, SOON, in_time, p99, poll_once};

/// How long a client here may be slow.
const PATIENCE: Duration = Duration::from_millis(400);

/// How late the server may notice.
const LATE: Duration = Duration::from_secs(1);

#[test]
fn f11_client_that_does_not_read_is_disconnected() {
    in_subprocess(
        module_path!(),
        "f11_client_that_does_not_read_is_disconnected",
        || {
            watchdog::run(|| async {
                let logs = Scratch::new();
                log::to(File::create(logs.path("log")).unwrap());
                let pair = Pair::bound(|path| {
                    let builder = Server::builder().write_timeout(PATIENCE);
                    builder.bind(path).unwrap()
                })
                .await;
                pair.acquaint().await;
                let mut rounds = 0;
                in_time(PATIENCE + LATE, || {
                    rounds += 1;
                    until_closed(&pair)
                })
                .await;
                assert_eq!(pair.server.stats().timeouts, rounds);
                pair.end().await;
                let log = fs::read_to_string(logs.path("log")).unwrap();
                assert_eq!(log.lines().count(), 1, "{log}");
            });
        },
    );
}

/// Returns how long the server keeps a client that does not read its replies.
async fn until_closed(pair: &Pair) -> Duration {
    let mut slow = RawClient::connect(&pair.path());
    slow.announce(1 << 16, 1 << 22);
    let begun = Instant::now();
    for id in 1..=20 {
        slow.request(id, "size", b"65536");
    }
    let mut served = 0;
    while pair.server.stats().connections > 1 {
        assert_eq!(pair.client.call("echo", "on").await.unwrap(), "on");
        served += 1;
        assert!(begun.elapsed() < PATIENCE + SOON, "still connected");
    }
    let took = begun.elapsed();
    assert!(took >= PATIENCE, "{took:?}");
    assert!(served > 100, "{served} calls of another client");
    assert!(slow.is_closed_within(SOON));
    took
}

#[test]
fn o08_unfinished_messages_end_their_connections() {
    in_subprocess(
        module_path!(),
        "o08_unfinished_messages_end_their_connections",
        || {
            watchdog::run(|| async {
                let pair = Pair::bound(|path| {
                    let builder = Server::builder().read_timeout(PATIENCE);
                    builder.bind(path).unwrap()
                })
                .await;
                pair.acquaint().await;
                let mut rounds = 0;
                in_time(Duration::from_millis(20), || {
                    rounds += 1;
                    beside_slow_clients(&pair)
                })
                .await;
                let stats = pair.server.stats();
                assert_eq!(
                    (stats.connections, stats.timeouts),
                    (1, rounds * SLOW as u64)
                );
                pair.end().await;
            });
        },
    );
}

#[test]
fn f10_slow_client_delays_no_other() {
    const REPLIES: u64 = 20;
    /// More than all replies that wait for the slow client.
    const MOST: usize = 4 << 20;

    watchdog::run(|| async {
        let daemon = Daemon::new().await;
        let path = daemon.scratch.path("server");
        let client = daemon.client.with_deadline(SOON);
        let before = daemon.server.resident();
        let mut tries = Vec::new();
        // Other processes of the machine may disturb either measurement.
        for _ in 0..20 {
            let alone = p99(&client, 1000).await;
            let mut slow = RawClient::connect(&path);
            slow.announce(1 << 16, 1 << 22);
            for id in 1..=REPLIES {
                slow.request(id, "size", b"65536");
            }
            let beside = p99(&client, 1000).await;
            // No queued reply of the slow client was lost.
            for _ in 1..=REPLIES {
                assert_eq!(slow.message(SOON).unwrap().data.len(), 65_536);
            }
            drop(slow);
            let peak = daemon.server.peak_resident();
            assert!(peak < before + MOST, "{before}, then {peak} bytes");
            if beside < alone * 6 / 5 {
                drop(client);
                daemon.end();
                return;
            }
            tries.push((alone, beside));
        }
        panic!("p99 alone, and with a slow client: {tries:?}");
    });
}

/// The client sends all requests in one datagram, and the replies are larger than what a server queues.
#[tokio::test]
async fn unread_replies_delay_requests_and_lose_none() {
    let (ran, mut runs) = mpsc::unbounded_channel();
    let pair = Pair::bound(|path| {
        let large = move |_| {
            let ran = ran.clone();
            async move {
                ran.send(()).unwrap();
                Ok::<_, Infallible>(vec![7; 1 << 20])
            }
        };
        let server = Server::bind(path).unwrap();
        server.register("large", large).unwrap()
    })
    .await;
    pair.client.call("large", "").await.unwrap();
    runs.recv().await.unwrap();
    let mut calls: Vec<_> = (0..100)
        .map(|_| Box::pin(pair.client.call("large", "")))
        .collect();
    for call in &mut calls {
        assert!(poll_once(call.as_mut()).is_pending());
    }
    for call in calls {
        assert_eq!(call.await.unwrap().len(), 1 << 20);
    }
    assert_eq!(runs.len(), 100);
    pair.end().await;
}

/// The number of clients that send a byte now and then.
const SLOW: usize = 50;

/// Returns the p99 latency of small calls while other clients send large requests byte by byte. Returns
/// an impossibly large one if the server keeps one of those for too long.
async fn beside_slow_clients(pair: &Pair) -> Duration {
    const SIZE: usize = 1 << 20;

    // Allocates their buffers before the measurement.
    let mut slow: Vec<_> = (0..SLOW)
        .map(|_| RawClient::connect(&pair.path()))
        .collect();
    let before = resident();
    let request = ClientMsg::request(1, "len", &pattern(SIZE)).encode();
    let begun = Instant::now();
    for client in &slow {
        client.send(&request[..1000]);
    }
    let mut most = before;
    let mut latencies = Vec::new();
    while !slow.is_empty() {
        for _ in 0..20 {
            let called = Instant::now();
            assert_eq!(pair.client.call("echo", "on").await.unwrap(), "on");
            latencies.push(called.elapsed());
        }
        // A byte now and then does not keep a connection open.
        slow.retain(|client| {
            let alive = client.try_send(&[0]).is_ok();
            assert!(alive || begun.elapsed() >= PATIENCE, "closed early");
            alive
        });
        most = most.max(resident());
        assert!(begun.elapsed() < PATIENCE + SOON, "{} left", slow.len());
    }
    let grown = most - before;
    assert!(grown < SLOW * SIZE / 10, "{grown} bytes");
    if begun.elapsed() > PATIENCE + LATE {
        return Duration::MAX;
    }
    latencies.sort_unstable();
    latencies[latencies.len() * 99 / 100]
}
