//! System calls that fail temporarily or are interrupted.

use std::fs::{self, File};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::{Bytes, Client, Error};
use tests::handshake::Handshake;
use tests::process::Process;
use tests::scratch::Scratch;
use tests::strace::Strace;
use tests::subprocess::in_subprocess_under;
use tests::watchdog::{self, within};
use tests::wire::pattern;
use tokio::task::JoinSet;

use crate::support::{Daemon, Pair, SOON, assert_same, dial_ready, error, peer};

/// The kernel has no memory for every seventh datagram.
const NO_MEMORY: &str = "sendto,sendmsg:error=ENOBUFS:when=5+7";

#[test]
fn f14_client_survives_enobufs() {
    in_subprocess_under(
        NO_MEMORY,
        module_path!(),
        "f14_client_survives_enobufs",
        || {
            watchdog::run(|| async {
                // The server is another process, in which nothing fails.
                let daemon = Daemon::new().await;
                thousand_calls(&daemon.client).await;
                daemon.end();
            });
        },
    );
}

#[test]
fn f14_server_survives_enobufs() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let Some(strace) = Strace::inject(NO_MEMORY) else {
            return;
        };
        let mut server = strace.command(peer());
        server
            .args(["serve", "server"])
            .env("TMPDIR", scratch.dir());
        let server = Process::serve_by(&mut server);
        let client = Client::dial(scratch.path("server")).await.unwrap();
        thousand_calls(&client).await;
        drop(client);
        assert!(server.terminate_insistently().success());
        assert!(strace.has_injected());
        scratch.leak_check();
    });
}

/// The answer of a handshake can fail with ENOBUFS as well.
#[test]
fn f14_handshake_survives_enobufs() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let Some(strace) = Strace::inject("sendto,sendmsg:error=ENOBUFS:when=1+2") else {
            return;
        };
        let mut server = strace.command(peer());
        server
            .args(["serve", "server"])
            .env("TMPDIR", scratch.dir());
        let server = Process::serve_by(&mut server);
        for _ in 0..4 {
            let client = Client::dial(scratch.path("server")).await.unwrap();
            assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        }
        assert!(server.terminate_insistently().success());
        assert!(strace.has_injected());
        scratch.leak_check();
    });
}

/// What fails once may succeed the next time: only an error that lasts ends the server.
#[test]
fn f14_errors_of_the_setup_socket_that_pass_end_no_server() {
    watchdog::run(|| async {
        for error in ["ENOMEM", "ENOBUFS", "EPERM"] {
            let scratch = Scratch::new();
            let inject = format!("recvmsg:error={error}:when=1..3");
            let Some(strace) = Strace::inject(&inject) else {
                return;
            };
            let mut server = strace.command(peer());
            server
                .args(["serve", "server"])
                .env("TMPDIR", scratch.dir());
            let server = Process::serve_by(&mut server);
            let client = Client::dial(scratch.path("server")).await.unwrap();
            assert_eq!(client.call("echo", "on").await.unwrap(), "on", "{error}");
            drop(client);
            assert!(server.terminate_insistently().success());
            assert!(strace.has_injected());
            scratch.leak_check();
        }
    });
}

#[test]
fn f18_signals_fail_no_call() {
    watchdog::run(|| async {
        let daemon = Daemon::new().await;
        let idle = daemon.server.descriptors();
        let arguments = "call server echo --data hello --count 10000 --concurrency 4";
        let arguments: Vec<_> = arguments.split(' ').collect();
        let mut client = Process::start(peer(), daemon.scratch.dir(), &arguments);
        // The process catches the signal once it has connected, at the latest.
        watchdog::eventually(SOON, "a second connection", || {
            daemon.server.descriptors() > idle
        });
        let ended = AtomicBool::new(false);
        let sent = thread::scope(|scope| {
            let storm = scope.spawn(|| {
                let mut sent = 0;
                while !ended.load(Ordering::Relaxed) {
                    daemon.server.alarm();
                    sent += 1;
                    thread::sleep(Duration::from_millis(1));
                }
                sent
            });
            while !client.has_ended() {
                client.alarm();
                thread::sleep(Duration::from_millis(1));
            }
            ended.store(true, Ordering::Relaxed);
            storm.join().unwrap()
        });
        assert!(sent > 10, "{sent} signals");
        assert_eq!(client.printed(), "ok 10000\n");
        daemon.end();
    });
}

/// Fails system calls with EINTR, as a signal would. The kernel restarts most calls after a real signal,
/// so few would fail.
#[test]
fn f18_every_system_call_survives_eintr() {
    let inject = "sendto,sendmsg,recvfrom,recvmsg,epoll_wait,epoll_pwait:\
                  error=EINTR:when=2+3";
    in_subprocess_under(
        inject,
        module_path!(),
        "f18_every_system_call_survives_eintr",
        || {
            watchdog::run(|| async {
                let pair = Pair::new().await;
                thousand_calls(&pair.client).await;
                pair.end().await;
            });
        },
    );
}

/// A server at its descriptor limit serves its clients, does not spin, and accepts others as soon as it
/// can.
#[test]
fn r20_server_without_descriptors_serves_and_recovers() {
    watchdog::run(|| async {
        let (scratch, logs) = (Scratch::new(), Scratch::new());
        let log = logs.path("log");
        let mut server = Command::new(peer());
        server
            .args(["serve", "server", "--log"])
            .env("TMPDIR", scratch.dir())
            .stderr(File::create(&log).unwrap());
        let server = Process::serve_by(&mut server);
        let path = scratch.path("server");
        let idle = server.descriptors();
        let client = Client::dial(&path).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        // One descriptor for the client, by files two, and one for its process. The sockets for the next connection by
        // files are prepared again.
        let handshake = Handshake::current();
        let connected = idle + handshake.either(2, 3);
        watchdog::eventually(SOON, "sockets", || server.descriptors() == connected);

        server.limit_descriptors(0);
        if !handshake.is_pair() {
            let last = Client::dial(&path).await.unwrap();
            assert_eq!(last.call("echo", "last").await.unwrap(), "last");
        }
        let (before, begun) = (server.cpu_time(), Instant::now());
        let mut dials = JoinSet::new();
        for _ in 0..100 {
            let (path, client) = (path.clone(), client.clone());
            dials.spawn(async move {
                let impatient = Client::builder().dial_timeout(Duration::from_secs(1));
                let refused = error(dial_ready(impatient, path).await);
                let named = matches!(
                    refused,
                    Error::HandshakeTimeout { .. }
                        | Error::Overloaded { .. }
                        | Error::NotListening { .. }
                );
                assert!(named, "{refused:?}");
                assert_eq!(client.call("echo", "on").await.unwrap(), "on");
            });
        }
        dials.join_all().await;
        let (spent, window) = (server.cpu_time().saturating_sub(before), begun.elapsed());
        assert!(spent < window / 5, "{spent:?} of {window:?}");

        server.limit_descriptors(1024);
        let patient = Client::builder().dial_timeout(SOON);
        let begun = Instant::now();
        let late = patient.dial(&path).await.unwrap();
        assert_eq!(late.call("echo", "late").await.unwrap(), "late");
        assert!(begun.elapsed() < Duration::from_secs(1));
        drop((client, late));
        assert!(server.terminate().success());
        let log = fs::read_to_string(log).unwrap();
        let lines = log.lines().count();
        assert!((1..=10).contains(&lines), "{lines} lines: {log}");
        scratch.leak_check();
    });
}

/// Makes calls of all sizes, many at a time, and checks each reply.
async fn thousand_calls(client: &Client) {
    client.call("echo", "hello").await.unwrap();
    let mut callers = JoinSet::new();
    for caller in 0..20_usize {
        let client = client.clone();
        callers.spawn(async move {
            for call in 0..50_usize {
                let size = (caller * 50 + call) * 37 % 20_000;
                let data = Bytes::from(pattern(size));
                let reply = client.call("echo", data.clone()).await.unwrap();
                assert_same(&reply, &data);
            }
        });
    }
    // There may be some pauses of a millisecond. The pauses must not grow while datagrams get through.
    within(Duration::from_secs(30), callers.join_all()).await;
}
