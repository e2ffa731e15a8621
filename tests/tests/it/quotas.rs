//! Limits on what all connections of one user may take together.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use domainsockets::{Allow, CallOptions, Client, Error, Server, service};
use rustix::io::Errno;
use tests::foreign_process::{NOBODY, SOMEBODY};
use tests::handshake::{Handshake, StartServer};
use tests::process::Process;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::watchdog::{self, within};
use tests::wire::{ClientMsg, pattern};
use tokio::sync::watch;
use tokio::task;
use uuid::Uuid;

use crate::other_users::{OtherUsers, reply};
use crate::support::{Pair, SOON, dial_ready, error, in_time, peer};

const MIB: usize = 1 << 20;

#[test]
fn o02_connections_of_a_user_are_limited() {
    const LIMIT: usize = 20;

    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let pair = Pair::bound_in(Scratch::shared(), |path| {
            let builder = Server::builder().allow(Allow::anyone());
            builder.max_connections_per_user(LIMIT).bind(path).unwrap()
        })
        .await;
        let call = |uid| users.call(uid, pair.scratch.dir(), "echo --data on");
        let mut attacker = users.process(NOBODY);
        attacker.dial(&pair.path(), LIMIT - 1).unwrap();
        assert_eq!(reply(&call(NOBODY)), "on");
        let stats = || pair.server.stats();
        watchdog::eventually(SOON, "its end", || stats().connections == LIMIT);
        attacker.dial(&pair.path(), 1).unwrap();
        for count in 1..4 {
            let refused = call(NOBODY);
            assert!(refused.starts_with("err Overloaded "), "{refused}");
            assert_eq!((stats().overloads, stats().refused_setups), (count, count));
        }
        assert_eq!(reply(&call(SOMEBODY)), "on");
        pair.acquaint().await;
        // A connection that ends frees its place in the quota.
        drop(attacker);
        watchdog::eventually(SOON, "room", || stats().connections == 1);
        assert_eq!(reply(&call(NOBODY)), "on");
        pair.scratch.remove_all_but("server");
        pair.end().await;
    });
}

#[test]
fn unread_refusals_delay_no_other_client() {
    // More than the kernel lets one socket have in flight.
    const REFUSED: usize = 400;

    watchdog::run(|| async {
        let pair = Pair::bound_in(Scratch::new(), |path| {
            Server::builder()
                .max_connections_per_user(1)
                .bind(path)
                .unwrap()
        })
        .await;
        pair.acquaint().await;
        let (name, path) = (pair.path(), pair.path());
        let asking = task::spawn_blocking(move || {
            let ask = |()| {
                let id = Uuid::new_v4().to_string();
                let unread = UnixDatagram::bind(path.with_file_name(&id)).unwrap();
                let setup = UnixDatagram::unbound().unwrap();
                setup.connect(&path).unwrap();
                setup.send(id.as_bytes()).unwrap();
                unread
            };
            [(); REFUSED].map(ask)
        });
        let _unread = asking.await.unwrap();
        let stats = || pair.server.stats();
        watchdog::eventually(SOON, "refusals", || stats().overloads == REFUSED as u64);
        drop(pair.client);
        watchdog::eventually(SOON, "room", || stats().connections == 0);
        let next = Client::dial(name).await.unwrap();
        assert_eq!(next.call("echo", "on").await.unwrap(), "on");
    });
}

#[test]
fn o03_half_open_connections_are_limited() {
    const LIMIT: usize = 64;

    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::shared();
        let path = scratch.path("server");
        let mut server = users.peer(0);
        server.args(["serve", "server", "--allow-uid", "65534"]);
        let server = Process::serve_by(server.env("TMPDIR", scratch.dir()));
        let before = server.descriptors();
        // A client of the Go package sends nothing before its first call.
        let mut silent = RawClient::connect_by_files(&path);
        let mut attacker = users.process(NOBODY);
        for _ in 0..10 {
            for _ in 0..LIMIT / 4 {
                attacker.dial_by_files(&path).unwrap();
            }
            let path = &path;
            in_time(Duration::from_millis(250), || async move {
                let begun = Instant::now();
                let client = Client::dial(path).await.unwrap();
                assert_eq!(client.call("echo", "on").await.unwrap(), "on");
                begun.elapsed()
            })
            .await;
            // Evicted connections end a moment later, and few of them may remain.
            let more = || server.descriptors() - before;
            assert!(more() < 2 * (LIMIT + 8) + 10, "{} descriptors", more());
            watchdog::eventually(SOON, "two for each, and those of processes", || {
                more() < 2 * LIMIT + 10
            });
        }
        assert_eq!(silent.call(1, "echo", b"on").data, b"on");
        // The newest half-open connections are still open.
        assert_eq!(attacker.call("echo", "on"), "on");
        drop((silent, attacker));
        assert!(server.terminate().success());
        scratch.remove_all_but("");
        scratch.leak_check();
    });
}

#[test]
fn o04_setup_rate_of_a_user_is_limited() {
    const RATE: u32 = 10;

    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let pair = Pair::bound_in(Scratch::shared(), |path| {
            let builder = Server::builder().allow(Allow::default().uid(NOBODY));
            builder.max_setups_per_second(RATE).bind(path).unwrap()
        })
        .await;
        let mut attacker = users.process(NOBODY);
        let path = pair.path();
        // A client that passes a socket learns only later that it is refused.
        let expected = Handshake::current().either(Ok(()), Err(Errno::TIMEDOUT));
        assert_eq!(attacker.dial(&path, 10 * RATE as usize), expected);
        watchdog::eventually(SOON, "refusals", || pair.server.stats().refused_setups > 0);
        let connections = pair.server.stats().connections;
        assert!(connections < 5 * RATE as usize, "{connections}");
        attacker.connect(&path).unwrap();
        let flood = std::thread::spawn(move || {
            attacker.send_setups(50_000).unwrap();
            attacker
        });
        while !flood.is_finished() {
            let path = &path;
            in_time(Duration::from_millis(250), || async move {
                let begun = Instant::now();
                let client = Client::dial(path).await.unwrap();
                assert_eq!(client.call("echo", "on").await.unwrap(), "on");
                begun.elapsed()
            })
            .await;
            // Other users have their own rate, and these setups stay below it.
            tokio::time::sleep(Duration::from_secs(1) / (RATE / 2)).await;
        }
        drop(flood.join().unwrap());
        let stats = pair.server.stats();
        assert!(stats.refused_setups >= 50_000, "{stats:?}");
        pair.scratch.remove_all_but("server");
        pair.end().await;
    });
}

#[test]
fn o06_memory_of_a_user_is_limited() {
    const QUOTA: usize = 8 * MIB;
    /// What a server keeps for the next messages, and frees when there are none.
    const KEPT: usize = 64 * MIB;
    const CLIENTS: usize = 40;
    const PARTS: usize = 12;

    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let (scratch, server) = limited(QUOTA);
        let path = scratch.path("server");
        let mut greedy: Vec<_> = (0..CLIENTS).map(|_| RawClient::connect(&path)).collect();
        assert_eq!(greedy[0].call(1, "echo", b"on").data, b"on");
        let before = server.resident();
        // Each declares 4 MiB, and sends it in small pieces.
        let request = ClientMsg::request(2, "echo", &pattern(4 * MIB)).encode();
        for part in request.chunks(MIB / 4).take(PARTS) {
            greedy.retain(|client| client.try_send(part).is_ok());
        }
        let most = QUOTA / (PARTS * MIB / 4) + 1;
        watchdog::eventually(SOON, "too many dropped", || {
            greedy.retain(|client| client.try_send(&[]).is_ok());
            greedy.len() <= most
        });
        assert!(!greedy.is_empty(), "more than necessary were dropped");
        let grown = server.resident().saturating_sub(before);
        assert!(grown < QUOTA + KEPT + 8 * MIB, "{grown} bytes");
        let called = users.call(NOBODY, scratch.dir(), "echo --size 1000000");
        assert!(called.starts_with("ok 1000000 "), "{called}");
        drop(greedy);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn o07_queued_replies_of_a_user_are_limited() {
    const QUOTA: usize = 16 * MIB;
    const CLIENTS: usize = 20;

    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let (scratch, server) = limited(QUOTA);
        let path = scratch.path("server");
        let mut greedy = Vec::new();
        for _ in 0..CLIENTS {
            let mut client = RawClient::connect(&path);
            client.announce(1 << 16, 1 << 22);
            greedy.push(client);
        }
        let before = server.resident();
        for id in 1..=10 {
            for client in &greedy {
                client.request(id, "size", (4 * MIB).to_string().as_bytes());
            }
        }
        let called = users.call(NOBODY, scratch.dir(), "size --data 1000000");
        assert!(called.starts_with("ok 1000000 "), "{called}");
        let grown = server.peak_resident().saturating_sub(before);
        assert!(grown < QUOTA + 32 * MIB, "{grown} bytes");
        // Calls whose reply found no space fail with an error, and no call waits indefinitely.
        let (mut whole, mut refused) = (0, 0);
        for client in &mut greedy {
            for _ in 1..=10 {
                let reply = client.message(SOON).unwrap();
                if reply.kind == 1 {
                    whole += 1;
                    assert_eq!(reply.data.len(), 4 * MIB);
                } else {
                    refused += 1;
                    assert!(reply.data.len() < 200);
                }
            }
        }
        assert!(whole > 0, "no reply of {refused}");
        assert!(refused > 0, "{whole} replies fit");
        drop(greedy);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn text_of_an_error_counts_as_memory() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let fail = |_| async { Err::<Vec<u8>, _>("x".repeat(3 * MIB)) };
            let server = Server::builder().max_memory_per_user(MIB);
            let server = server.bind(path).unwrap();
            server.register("fail at length", fail).unwrap()
        })
        .await;
        let failed = error(pair.client.call("fail at length", "").await);
        assert!(
            matches!(failed, Error::ReplyDropped { size } if size == 3 * MIB),
            "{failed:?}"
        );
        pair.end().await;
    });
}

#[service]
trait Held {
    #[rpc(no_cancel)]
    async fn hold(&self);
}

/// A service whose method runs until the value is true.
struct Until(watch::Receiver<bool>);

impl Held for Until {
    async fn hold(&self) {
        let _ = self.0.clone().wait_for(|is_over| *is_over).await;
    }
}

#[test]
fn connection_counts_while_a_handler_of_it_runs() {
    const LIMIT: usize = 2;

    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (end, is_over) = watch::channel(false);
        let server = Server::builder().max_connections_per_user(LIMIT);
        let server = server.bind(scratch.path("held")).unwrap();
        let server = server.add_service(HeldServer::new(Until(is_over))).unwrap();
        let server = server.started().unwrap();
        for _ in 0..LIMIT {
            let held = HeldClient::dial(server.path()).await.unwrap();
            let options = CallOptions::new().with_deadline(Duration::from_millis(50));
            let late = error(held.with(options).hold().await);
            assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        }
        watchdog::eventually(SOON, "no connection", || server.stats().connections == 0);
        let refused = error(dial_ready(Client::builder(), server.path()).await);
        assert!(matches!(refused, Error::Overloaded { .. }), "{refused:?}");

        end.send(true).unwrap();
        let dialling = async {
            while dial_ready(Client::builder(), server.path()).await.is_err() {
                task::yield_now().await;
            }
        };
        within(SOON, dialling).await;
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

/// Starts a server with this memory limit for each user, which every user may call.
fn limited(memory: usize) -> (Scratch, Process) {
    let scratch = Scratch::shared();
    let mut server = std::process::Command::new(peer());
    server
        .args(["serve", "server", "--allow-uid", "65534"])
        .args(["--memory-per-user", &memory.to_string()])
        .env("TMPDIR", scratch.dir());
    let server = Process::serve_by(&mut server);
    (scratch, server)
}
