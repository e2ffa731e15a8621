//! Cancellation and malformed messages at the highest rate.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::future;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::task::Poll;
use std::time::{Duration, Instant};

use domainsockets::{CallOptions, Client};
use tests::process::Process;
use tests::scratch::Scratch;
use tests::subprocess::{in_subprocess, resident};
use tests::watchdog;

use crate::support::{Pair, SOON, peer};

#[test]
fn o05_rapid_cancelling_stays_within_the_limit_in_flight() {
    const CALLS: usize = 100_000;
    const LIMIT: usize = 1000;

    in_subprocess(
        module_path!(),
        "o05_rapid_cancelling_stays_within_the_limit_in_flight",
        || {
            watchdog::run(|| async {
                let pair = Pair::new().await;
                pair.acquaint().await;
                let baseline = slowest_of(&pair.client).await;
                let before = resident();
                let probe = &pair.probe;
                let mut most = 0;
                // At first most calls are cancelled before any of their bytes are sent. Then up to 200
                // are in flight, so that they were sent. Nothing but cancellation ends them.
                for in_flight in [0, 200] {
                    let mut calls = VecDeque::new();
                    for index in 0..CALLS / 2 {
                        let client = pair.client.clone();
                        let mut call = Box::pin(async move { client.call("sleep", "60000").await });
                        future::poll_fn(|context| {
                            assert!(call.as_mut().poll(context).is_pending());
                            Poll::Ready(())
                        })
                        .await;
                        calls.push_back(call);
                        if in_flight < calls.len() {
                            calls.pop_front();
                        }
                        if index % 64 == 0 {
                            tokio::task::yield_now().await;
                        }
                        most = most.max(probe.running());
                    }
                }
                assert!(probe.begun() >= CALLS / 10, "only {} ran", probe.begun());
                watchdog::eventually(SOON, "all dropped", || probe.running() == 0);
                assert!(most <= LIMIT, "{most} at a time");
                // The remaining work may take a second. A latency far below a second counts as normal.
                let bound = (2 * baseline).max(Duration::from_millis(5));
                let ended = Instant::now();
                let mut after = slowest_of(&pair.client).await;
                while bound < after && ended.elapsed() < Duration::from_secs(1) {
                    after = slowest_of(&pair.client).await;
                }
                assert!(after <= bound, "{after:?}, {baseline:?} before");
                let grown = resident().saturating_sub(before);
                assert!(grown < 16 << 20, "{grown} bytes");
                assert_eq!(pair.client.stats().in_flight, 0);
                pair.end().await;
            });
        },
    );
}

#[test]
fn o09_malformed_messages_do_not_flood_the_log() {
    watchdog::run(|| async {
        let (scratch, logs) = (Scratch::new(), Scratch::new());
        let log = logs.path("log");
        let mut server = Command::new(peer());
        server
            .args(["serve", "server", "--log"])
            .env("TMPDIR", scratch.dir())
            .stderr(File::create(&log).unwrap());
        let server = Process::serve_by(&mut server);
        let setup = UnixDatagram::unbound().unwrap();
        setup.connect(scratch.path("server")).unwrap();
        for index in 0..100_000 {
            // Names that are too short, too long, and not of the required form.
            let name = format!("{index:035}X{index:035}");
            let len = [36, 35, 0, 37, 71][index % 5];
            setup.send(&name.as_bytes()[..len]).unwrap();
        }
        let client = Client::dial(scratch.path("server")).await.unwrap();
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        drop(client);
        assert!(server.terminate().success());
        let lines = fs::read_to_string(log).unwrap().lines().count();
        assert!((1..=100).contains(&lines), "{lines} lines");
        scratch.leak_check();
    });
}

/// Returns the p99 latency of a hundred small calls.
async fn slowest_of(client: &Client) -> Duration {
    let mut latencies = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        let options = CallOptions::new().with_deadline(SOON);
        let reply = client.call_with("echo", "small", options).await.unwrap();
        latencies.push(begun.elapsed());
        assert_eq!(reply, "small");
    }
    latencies.sort_unstable();
    latencies[98]
}
