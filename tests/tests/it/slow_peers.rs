//! Peers that take their time, and those that have to live beside them: F-11 and O-8.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use domainsockets::Server;
use tests::alone::{alone, resident};
use tests::guard;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::wire::{ClientMsg, pattern};

use crate::log;
use crate::support::{Pair, SOON, in_time};

/// How long a client here may be slow.
const PATIENCE: Duration = Duration::from_millis(400);

/// How late the server may notice.
const LATE: Duration = Duration::from_secs(1);

#[test]
fn f11_slow_client_closed() {
    alone(module_path!(), "f11_slow_client_closed", || {
        guard::run(|| async {
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
    });
}

/// How long a client is borne that does not read what it has asked for.
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
    assert!(served > 100, "{served} calls beside it");
    assert!(slow.is_closed_within(SOON));
    took
}

#[test]
fn o08_slowloris() {
    alone(module_path!(), "o08_slowloris", || {
        guard::run(|| async {
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
    });
}

/// How many send a byte now and then.
const SLOW: usize = 50;

/// The latency that 99 of 100 small calls do not exceed while others send large ones byte by byte. More
/// than can be, if one of those is borne for too long.
async fn beside_slow_clients(pair: &Pair) -> Duration {
    const SIZE: usize = 1 << 20;

    // Their buffers are not what is measured.
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
        // A byte now and then keeps none of them alive.
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
