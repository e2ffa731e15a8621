//! What one user may use up: O-2 to O-4, O-6 and O-7.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use domainsockets::{Allow, Client, Server};
use rustix::io::Errno;
use tests::guard;
use tests::process::Process;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::stranger::{NOBODY, SOMEBODY};
use tests::wire::{ClientMsg, pattern};
use tokio::task;
use uuid::Uuid;

use crate::outsiders::{Outsiders, reply};
use crate::support::{Pair, SOON, in_time, peer};

const MIB: usize = 1 << 20;

#[test]
fn o02_per_uid_connections() {
    const LIMIT: usize = 20;

    guard::run(|| async {
        let Some(outsiders) = Outsiders::new() else {
            return;
        };
        let pair = Pair::bound_in(Scratch::shared(), |path| {
            let builder = Server::builder().allow(Allow::anyone());
            builder.max_connections_per_user(LIMIT).bind(path).unwrap()
        })
        .await;
        let call = |uid| outsiders.call(uid, pair.scratch.dir(), "echo --data on");
        let mut stranger = outsiders.stranger(NOBODY);
        stranger.dial(&pair.path(), LIMIT - 1).unwrap();
        assert_eq!(reply(&call(NOBODY)), "on");
        let stats = || pair.server.stats();
        guard::eventually(SOON, "its end", || stats().connections == LIMIT);
        stranger.dial(&pair.path(), 1).unwrap();
        for count in 1..4 {
            let refused = call(NOBODY);
            assert!(refused.starts_with("err Overloaded "), "{refused}");
            assert_eq!((stats().overloads, stats().refused_setups), (count, count));
        }
        assert_eq!(reply(&call(SOMEBODY)), "on");
        pair.acquaint().await;
        // What ends makes room.
        drop(stranger);
        guard::eventually(SOON, "room", || stats().connections == 1);
        assert_eq!(reply(&call(NOBODY)), "on");
        pair.scratch.remove_all_but("server");
        pair.end().await;
    });
}

#[test]
fn refusals_that_nobody_reads_cost_others_nothing() {
    // More than the kernel lets one socket have on its way.
    const REFUSED: usize = 400;

    guard::run(|| async {
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
        guard::eventually(SOON, "refusals", || stats().overloads == REFUSED as u64);
        drop(pair.client);
        guard::eventually(SOON, "room", || stats().connections == 0);
        let next = Client::dial(name).await.unwrap();
        assert_eq!(next.call("echo", "on").await.unwrap(), "on");
    });
}

#[test]
fn o03_half_open() {
    const LIMIT: usize = 64;

    guard::run(|| async {
        let Some(outsiders) = Outsiders::new() else {
            return;
        };
        let scratch = Scratch::shared();
        let path = scratch.path("server");
        let mut server = outsiders.peer(0);
        server.args(["serve", "server", "--allow-uid", "65534"]);
        let server = Process::serve_by(server.env("TMPDIR", scratch.dir()));
        let before = server.descriptors();
        // A client of the Go package is silent before its first call.
        let mut silent = RawClient::connect(&path);
        let mut stranger = outsiders.stranger(NOBODY);
        for _ in 0..10 {
            stranger.dial(&path, LIMIT / 4).unwrap();
            let path = &path;
            in_time(Duration::from_millis(250), || async move {
                let begun = Instant::now();
                let client = Client::dial(path).await.unwrap();
                assert_eq!(client.call("echo", "on").await.unwrap(), "on");
                begun.elapsed()
            })
            .await;
            // Those that are displaced end a moment later, and few of them are waited for.
            let more = || server.descriptors() - before;
            assert!(more() < 2 * (LIMIT + 8) + 10, "{} descriptors", more());
            guard::eventually(SOON, "two for each, and those of processes", || {
                more() < 2 * LIMIT + 10
            });
        }
        assert_eq!(silent.call(1, "echo", b"on").data, b"on");
        // Of the silent ones the last are there still.
        assert_eq!(stranger.call("echo", "on"), "on");
        drop((silent, stranger));
        assert!(server.terminate().success());
        scratch.remove_all_but("");
        scratch.leak_check();
    });
}

#[test]
fn o04_setup_rate() {
    const RATE: u32 = 10;

    guard::run(|| async {
        let Some(outsiders) = Outsiders::new() else {
            return;
        };
        let pair = Pair::bound_in(Scratch::shared(), |path| {
            let builder = Server::builder().allow(Allow::default().uid(NOBODY));
            builder.max_setups_per_second(RATE).bind(path).unwrap()
        })
        .await;
        let mut stranger = outsiders.stranger(NOBODY);
        let path = pair.path();
        assert_eq!(
            stranger.dial(&path, 10 * RATE as usize),
            Err(Errno::TIMEDOUT)
        );
        let connections = pair.server.stats().connections;
        assert!(connections < 5 * RATE as usize, "{connections}");
        stranger.connect(&path).unwrap();
        let flood = std::thread::spawn(move || {
            stranger.send_setups(50_000).unwrap();
            stranger
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
            // Others have a rate of their own, which these keep to.
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
fn o06_memory_quota() {
    const QUOTA: usize = 8 * MIB;
    /// What a server keeps for the next messages, which it drops when none come.
    const KEPT: usize = 64 * MIB;
    const CLIENTS: usize = 40;
    const PARTS: usize = 12;

    guard::run(|| async {
        let Some(outsiders) = Outsiders::new() else {
            return;
        };
        let (scratch, server) = limited(QUOTA);
        let path = scratch.path("server");
        let mut greedy: Vec<_> = (0..CLIENTS).map(|_| RawClient::connect(&path)).collect();
        assert_eq!(greedy[0].call(1, "echo", b"on").data, b"on");
        let before = server.resident();
        // Each declares 4 MiB, and sends them bit by bit.
        let request = ClientMsg::request(2, "echo", &pattern(4 * MIB)).encode();
        for part in request.chunks(MIB / 4).take(PARTS) {
            greedy.retain(|client| client.try_send(part).is_ok());
        }
        let most = QUOTA / (PARTS * MIB / 4) + 1;
        guard::eventually(SOON, "too many dropped", || {
            greedy.retain(|client| client.try_send(&[]).is_ok());
            greedy.len() <= most
        });
        assert!(!greedy.is_empty(), "more than necessary were dropped");
        let grown = server.resident().saturating_sub(before);
        assert!(grown < QUOTA + KEPT + 8 * MIB, "{grown} bytes");
        let called = outsiders.call(NOBODY, scratch.dir(), "echo --size 1000000");
        assert!(called.starts_with("ok 1000000 "), "{called}");
        drop(greedy);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn o07_reply_quota() {
    const QUOTA: usize = 16 * MIB;
    const CLIENTS: usize = 20;

    guard::run(|| async {
        let Some(outsiders) = Outsiders::new() else {
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
        let called = outsiders.call(NOBODY, scratch.dir(), "size --data 1000000");
        assert!(called.starts_with("ok 1000000 "), "{called}");
        let grown = server.peak_resident().saturating_sub(before);
        assert!(grown < QUOTA + 32 * MIB, "{grown} bytes");
        // Those that had no room are told so; nobody waits for ever.
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

/// A server that keeps so much for each user, and everybody may call.
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
