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
use crate::support::{Pair, SOON};

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
                let builder = Server::builder().stall_timeout(PATIENCE);
                builder.bind(path).unwrap()
            })
            .await;
            pair.acquaint().await;
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
                assert!(begun.elapsed() < PATIENCE + LATE, "still connected");
            }
            let took = begun.elapsed();
            assert!(took >= PATIENCE, "{took:?}");
            assert!(served > 100, "{served} calls beside it");
            assert!(slow.is_closed_within(SOON));
            drop(slow);
            assert_eq!(pair.server.stats().timeouts, 1);
            pair.end().await;
            let log = fs::read_to_string(logs.path("log")).unwrap();
            assert_eq!(log.lines().count(), 1, "{log}");
        });
    });
}

#[test]
fn o08_slowloris() {
    const CLIENTS: usize = 50;
    const SIZE: usize = 1 << 20;

    alone(module_path!(), "o08_slowloris", || {
        guard::run(|| async {
            let pair = Pair::bound(|path| {
                let builder = Server::builder().completion_timeout(PATIENCE);
                builder.bind(path).unwrap()
            })
            .await;
            pair.acquaint().await;
            // Their buffers are not what is measured.
            let mut slow: Vec<_> = (0..CLIENTS)
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
                assert!(begun.elapsed() < PATIENCE + LATE, "{} left", slow.len());
            }
            let grown = most - before;
            assert!(grown < CLIENTS * SIZE / 10, "{grown} bytes");
            latencies.sort_unstable();
            let p99 = latencies[latencies.len() * 99 / 100];
            assert!(p99 < Duration::from_millis(20), "{p99:?}");
            let stats = pair.server.stats();
            assert_eq!((stats.connections, stats.timeouts), (1, CLIENTS as u64));
            pair.end().await;
        });
    });
}
