//! Servers that systemd starts with a socket that is already bound.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use domainsockets::Client;
use rustix::net::sockopt::set_socket_passcred;
use tests::process::Process;
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
            watchdog::eventually(SOON, "a client", || scratch.files().len() == 2);
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
