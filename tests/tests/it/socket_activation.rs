//! Servers that systemd starts with a socket that is already bound.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use domainsockets::Client;
use rustix::net::sockopt::set_socket_passcred;
use tests::foreign_process::NOBODY;
use tests::handshake::{Handshake, is_marked};
use tests::process::Process;
use tests::requirements;
use tests::scratch::Scratch;
use tests::watchdog;
use tokio::task;

use crate::support::{SOON, peer};

#[test]
fn activated_server_takes_over_the_bound_socket() {
    watchdog::run(|| async {
        let (scratch, notices) = (Scratch::new(), Scratch::new());
        let path = scratch.path("activated");
        let socket = UnixDatagram::bind(&path).unwrap();
        set_socket_passcred(&socket, true).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let notify = UnixDatagram::bind(notices.path("notify")).unwrap();
        notify.set_read_timeout(Some(SOON)).unwrap();

        // A client that dials before there is a server waits for it.
        let early = task::spawn(Client::dial(path.clone()));
        watchdog::eventually(SOON, "a client", || scratch.files().len() == 2);
        for _ in 0..2 {
            let inherited = socket.try_clone().unwrap();
            let server = Process::serve_activated(
                peer(),
                &path,
                inherited.into(),
                Some(&notices.path("notify")),
            );
            let mut notice = [0; 64];
            let len = notify.recv(&mut notice).unwrap();
            assert_eq!(&notice[..len], b"READY=1\n");
            // It is marked as the setup socket of a server of this library.
            assert_eq!(mode(&path), Handshake::current().either(0o1600, 0o600));
            let client = Client::dial(&path).await.unwrap();
            assert_eq!(client.call("echo", "on").await.unwrap(), "on");
            drop(client);
            if early.is_finished() {
                assert!(server.terminate().success());
            } else {
                watchdog::eventually(SOON, "the early one", || early.is_finished());
                assert!(server.terminate().success());
            }
            // The server does not own the name: systemd starts it again when a client calls.
            assert_eq!(scratch.files(), ["activated"]);
        }
        let early = early.await.unwrap().unwrap();
        assert!(early.call("echo", "off").await.is_err());
        drop((early, socket, notify));
        fs::remove_file(path).unwrap();
        fs::remove_file(notices.path("notify")).unwrap();
        scratch.leak_check();
        notices.leak_check();
    });
}

/// A client that dials while no server runs is served by the next one.
#[test]
fn activated_server_can_be_started_again() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path("activated");
        let socket = UnixDatagram::bind(&path).unwrap();
        set_socket_passcred(&socket, true).unwrap();
        for _ in 0..2 {
            let dial = Client::builder().dial_timeout(Duration::from_secs(10));
            let dialling = task::spawn(dial.dial(path.clone()));
            // A server that has run before has marked the socket, so the client has passed a socket pair.
            watchdog::eventually(SOON, "a client", || {
                scratch.files().len() == 2 || is_marked(&path) && dialling.is_finished()
            });
            let inherited = socket.try_clone().unwrap().into();
            let server = Process::serve_activated(peer(), &path, inherited, None);
            let client = dialling.await.unwrap().unwrap();
            assert_eq!(client.call("count", "").await.unwrap(), "1");
            drop(client);
            assert!(server.terminate().success());
        }
        drop(socket);
        fs::remove_file(path).unwrap();
        scratch.leak_check();
    });
}

/// The kernel records the sender of a message only if the socket asks for that when the message is sent.
#[test]
fn activated_server_logs_the_line_that_its_unit_lacks() {
    watchdog::run(|| async {
        for passes_credentials in [true, false] {
            let (scratch, logs) = (Scratch::new(), Scratch::new());
            let path = scratch.path("activated");
            let socket = UnixDatagram::bind(&path).unwrap();
            set_socket_passcred(&socket, passes_credentials).unwrap();
            let log = serve_and_read_log(&path, &socket, &logs);
            let warns = log.contains("WARN") && log.contains("PassCredentials=yes");
            assert_eq!(warns, !passes_credentials, "{log}");
            drop(socket);
            fs::remove_file(path).unwrap();
            scratch.leak_check();
            fs::remove_file(logs.path("log")).unwrap();
        }
    });
}

/// A server must not change another user's file. Its log says how the unit can mark it.
#[test]
fn activated_server_leaves_the_socket_of_another_user_unmarked() {
    watchdog::run(|| async {
        if !requirements::root() {
            return;
        }
        let (scratch, logs) = (Scratch::new(), Scratch::new());
        let path = scratch.path("activated");
        let socket = UnixDatagram::bind(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        chown(&path, Some(NOBODY), None).unwrap();
        let log = serve_and_read_log(&path, &socket, &logs);
        assert!(log.contains("ExecStartPost=/bin/chmod +t"), "{log}");
        assert_eq!(mode(&path), 0o640);
        drop(socket);
        fs::remove_file(path).unwrap();
        fs::remove_file(logs.path("log")).unwrap();
        scratch.leak_check();
    });
}

/// Starts a server with this socket, ends it, and returns its log.
fn serve_and_read_log(path: &Path, socket: &UnixDatagram, logs: &Scratch) -> String {
    let log = fs::File::create(logs.path("log")).unwrap();
    let inherited = socket.try_clone().unwrap().into();
    let server = Process::serve_activated_with_log(peer(), path, inherited, log);
    assert!(server.terminate().success());
    fs::read_to_string(logs.path("log")).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
