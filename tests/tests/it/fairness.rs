//! Busy connections next to quiet ones.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::{Bytes, CallOptions, Client, Request, Server, ServerHandle};
use tests::handshake::StartServer;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tests::wire::{KEEPALIVE, pattern};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinSet, block_in_place, spawn_blocking};

use crate::support::{Daemon, SOON, p99, with_handlers};

/// A small call waits for at most one message of the largest size, and not for many.
#[test]
fn f13_large_messages_delay_small_calls_little() {
    /// Without optimisation a large call slows a small one down more.
    const FACTOR: u32 = if cfg!(debug_assertions) { 40 } else { 20 };

    watchdog::run(|| async {
        let daemon = Daemon::new().await;
        let client = &daemon.client;
        let large = Bytes::from(pattern(4 << 20));
        // A first large message, so that allocating its memory is not measured.
        client.call("echo", large.clone()).await.unwrap();
        let mut tries = Vec::new();
        for _ in 0..5 {
            let alone = p99(client, 500).await;
            let ended = Arc::new(AtomicBool::new(false));
            let big = tokio::spawn({
                let (client, ended, large) = (client.clone(), Arc::clone(&ended), large.clone());
                async move {
                    let mut calls = 0;
                    while !ended.load(Ordering::Relaxed) {
                        let reply = client.call("echo", large.clone()).await.unwrap();
                        assert!(reply == large);
                        calls += 1;
                    }
                    calls
                }
            });
            let beside = p99(client, 200).await;
            ended.store(true, Ordering::Relaxed);
            let calls: usize = big.await.unwrap();
            let fair = beside < FACTOR * alone && beside < Duration::from_millis(50);
            if fair && calls > 0 {
                daemon.end();
                return;
            }
            tries.push((alone, beside, calls));
        }
        panic!("p99 alone, p99 with large calls, and their number: {tries:?}");
    });
}

/// A handler that moves blocking work to another thread delays no other call.
#[test]
fn f17_handler_that_blocks_another_thread_delays_no_call() {
    watchdog::run(|| async {
        let block = Duration::from_secs(1);
        let blocking = Blocking::new(block);
        let client = Client::dial(blocking.path()).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        let other = Client::dial(blocking.path()).await.unwrap();
        let mut calls = JoinSet::new();
        for _ in 0..4 {
            let client = client.clone();
            calls.spawn(async move { client.call("move away", "").await });
        }
        let begun = Instant::now();
        while begun.elapsed() < block {
            for client in [&client, &other] {
                let soon = CallOptions::new().with_deadline(block / 2);
                assert_eq!(client.call_with("echo", "on", soon).await.unwrap(), "on");
            }
        }
        for result in calls.join_all().await {
            result.unwrap();
        }
        drop((client, other));
        blocking.end();
    });
}

/// While handlers block the runtime's threads, other calls may have to wait, as the documentation of
/// `register` says. Messages received meanwhile still count: no connection is taken for idle.
#[test]
fn f17_blocked_runtime_takes_no_busy_connection_for_idle() {
    watchdog::run(|| async {
        let blocking = Blocking::new(2 * IDLE);
        let mut clients = Vec::new();
        for _ in 0..3 {
            let client = Client::builder().keep_alive_interval(IDLE / 10);
            let client = client.dial(blocking.path()).await.unwrap();
            client.call("echo", "hello").await.unwrap();
            clients.push(client);
        }
        let mut calls = JoinSet::new();
        for client in &clients[..2] {
            let client = client.clone();
            calls.spawn(async move { client.call("block", "").await });
        }
        // One thread may have received both calls.
        for result in within(SOON + 4 * IDLE, calls.join_all()).await {
            result.unwrap();
        }
        for client in &clients {
            assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        }
        drop(clients);
        blocking.end();
    });
}

/// The flood costs processor time only: as much as a neighbour that is as busy.
#[test]
fn k04_flood_of_keep_alives_delays_others_little() {
    watchdog::run(|| async {
        let daemon = Daemon::new().await;
        let path = daemon.scratch.path("server");
        let mut tries = Vec::new();
        // Other processes of the machine may disturb either measurement.
        for _ in 0..20 {
            // A flooding thread keeps the server's thread busy as well, so the control has two busy
            // threads.
            let control = beside(
                &daemon.client,
                2,
                |ended| {
                    while !ended.load(Ordering::Relaxed) {}
                },
            );
            let mut raw = RawClient::connect(&path);
            let flood = beside(&daemon.client, 1, |ended| {
                let mut sent = 0;
                while !ended.load(Ordering::Relaxed) || sent < 1000 {
                    raw.send(&KEEPALIVE);
                    sent += 1;
                }
            });
            // The connection is open, and the server answers only the request.
            assert_eq!(raw.call(1, "echo", b"on").data, b"on");
            drop(raw);
            tries.push((control, flood));
            if flood < control * 13 / 10 {
                daemon.end();
                return;
            }
        }
        panic!("p99 with busy threads and p99 with a flood: {tries:?}");
    });
}

/// The idle time of the server of the blocking handlers.
const IDLE: Duration = Duration::from_secs(1);

/// A server with handlers that block, on a separate runtime with two threads.
struct Blocking {
    scratch: Scratch,
    runtime: Runtime,
    server: ServerHandle,
}

impl Blocking {
    fn new(block: Duration) -> Self {
        let scratch = Scratch::new();
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        let server = Server::builder().idle_timeout(IDLE);
        let server = server.bind(scratch.path("server")).unwrap();
        let server = with_handlers(server, &Arc::default())
            .register("block", move |request: Request| async move {
                thread::sleep(block);
                Ok::<_, Infallible>(request.into_data())
            })
            .unwrap()
            .register("move away", move |request: Request| async move {
                let blocked = spawn_blocking(move || thread::sleep(block));
                blocked.await.map(|()| request.into_data())
            })
            .unwrap();
        let entered = runtime.enter();
        let server = server.started().unwrap();
        drop(entered);
        Self {
            scratch,
            runtime,
            server,
        }
    }

    fn path(&self) -> PathBuf {
        self.scratch.path("server")
    }

    fn end(self) {
        drop(self.server);
        self.runtime.shutdown_background();
        self.scratch.leak_check();
    }
}

/// Returns the p99 latency of small calls while threads run `work`, which must return once its flag is
/// set.
fn beside(client: &Client, threads: usize, work: impl Fn(&AtomicBool) + Sync) -> Duration {
    let (begun, ended) = (Barrier::new(threads + 1), AtomicBool::new(false));
    let runtime = Handle::current();
    block_in_place(|| {
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    begun.wait();
                    work(&ended);
                });
            }
            begun.wait();
            let latency = runtime.block_on(p99(client, 1000));
            ended.store(true, Ordering::Relaxed);
            latency
        })
    })
}
