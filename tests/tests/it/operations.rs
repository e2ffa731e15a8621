//! The set-ups that `operations.md` describes: directories in which clients cannot create files, sockets that are
//! mounted into containers, sandboxed units, and sockets of systemd.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domainsockets::{Allow, Server, ServerHandle};
use rustix::net::sockopt::set_socket_passcred;
use tests::foreign_process::SOMEBODY;
use tests::process::Process;
use tests::requirements;
use tests::scratch::Scratch;
use tests::watchdog;

use crate::other_users::{OtherUsers, reply};
use crate::support::{peer, with_handlers};

/// A directory that only its owner may write to, as systemd creates it for `RuntimeDirectory=`.
const RUNTIME_DIRECTORY: u32 = 0o755;

/// Long before a client that waits for an answer gives up.
const AT_ONCE: Duration = Duration::from_secs(2);

#[test]
fn daemon_serves_other_users_from_a_directory_that_they_cannot_write() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let Some(daemon) = Daemon::new() else {
            return;
        };
        let whoami = reply(&users.call(SOMEBODY, daemon.scratch.dir(), "whoami"));
        assert!(whoami.ends_with(" 1000 1000"), "{whoami}");
        let refused = users.call(SOMEBODY + 1, daemon.scratch.dir(), "count");
        assert!(refused.starts_with("err AccessDenied "), "{refused}");
        daemon.end().await;
    });
}

/// The client sees neither the server's directory nor its process.
#[test]
fn socket_file_alone_can_be_mounted_into_a_container() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::with_namespaces().filter(|_| requirements::mounts()) else {
            return;
        };
        let Some(daemon) = Daemon::new() else {
            return;
        };
        let container = Scratch::with_mode(0o755);
        let mounted = container.path("mounted");
        fs::write(&mounted, "").unwrap();
        for uid in [0, SOMEBODY] {
            let mut client = Command::new("unshare");
            client
                .args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c"])
                .arg(
                    "mount --bind \"$1/server\" \"$2\" && mount -t tmpfs none \"$1\" && ! test -e \"$1/server\" \
                     && exec setpriv --reuid=$3 --regid=$3 --clear-groups \"$0\" call \"$2\" whoami",
                )
                .arg(users.peer(uid).get_program())
                .args([daemon.scratch.dir(), &mounted])
                .arg(uid.to_string());
            let whoami = reply(&printed(&client.stdin(Stdio::null()).output().unwrap()));
            assert!(whoami.ends_with(&format!(" {uid} {uid}")), "{whoami}");
        }
        fs::remove_file(mounted).unwrap();
        container.leak_check();
        daemon.end().await;
    });
}

/// A server cannot tell apart the processes that it does not see.
#[test]
fn server_in_a_pid_namespace_refuses_clients_outside_at_once() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::with_namespaces() else {
            return;
        };
        let scratch = Scratch::with_mode(RUNTIME_DIRECTORY);
        let mut server = Command::new("unshare");
        server
            .args(["--pid", "--fork", "--kill-child"])
            .arg(users.peer(0).get_program())
            .args(["serve", "server"])
            .env("TMPDIR", scratch.dir());
        let server = Process::serve_unchanged(&mut server);
        let begun = Instant::now();
        let refused = users.call(0, scratch.dir(), "count");
        assert!(refused.starts_with("err AccessDenied "), "{refused}");
        assert!(refused.contains("PID namespace"), "{refused}");
        assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
        server.kill();
        scratch.remove_all_but("");
        scratch.leak_check();
    });
}

/// `ProtectSystem=strict` mounts all directories read-only.
#[test]
fn client_needs_no_directory_that_it_can_write() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new().filter(|_| requirements::mounts()) else {
            return;
        };
        let Some(daemon) = Daemon::new() else {
            return;
        };
        for uid in [0, SOMEBODY] {
            let mut client = Command::new("unshare");
            client
                .args(["--mount", "sh", "-c"])
                .arg(
                    "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && ! touch \"$1/file\" 2>/dev/null \
                     && exec setpriv --reuid=$2 --regid=$2 --clear-groups \"$0\" call \"$1/server\" whoami",
                )
                .arg(users.peer(uid).get_program())
                .arg(daemon.scratch.dir())
                .arg(uid.to_string());
            let whoami = reply(&printed(&client.stdin(Stdio::null()).output().unwrap()));
            assert!(whoami.ends_with(&format!(" {uid} {uid}")), "{whoami}");
        }
        daemon.end().await;
    });
}

/// The unit marks the socket (`ExecStartPost=/bin/chmod +t`), so that the first clients, too, need no directory that they
/// can write to.
#[test]
fn marked_socket_of_systemd_serves_other_users_that_call_before_the_daemon_runs() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::with_mode(RUNTIME_DIRECTORY);
        let path = scratch.path("server");
        let socket = UnixDatagram::bind(&path).unwrap();
        set_socket_passcred(&socket, true).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        let early = users.call(SOMEBODY, scratch.dir(), "whoami");
        assert!(early.starts_with("err Io "), "not marked yet: {early}");

        fs::set_permissions(&path, Permissions::from_mode(0o1666)).unwrap();
        let mut client = users.peer(SOMEBODY);
        client.args(["call", "server", "whoami"]);
        client.env("TMPDIR", scratch.dir()).stdin(Stdio::null());
        let early = client.stdout(Stdio::piped()).spawn().unwrap();
        // The message of a client that has dialled is in the queue.
        watchdog::eventually(AT_ONCE, "a setup message", || {
            rustix::io::ioctl_fionread(&socket).unwrap() > 0
        });
        let inherited = socket.try_clone().unwrap().into();
        let server = Process::serve_activated_for(peer(), &path, inherited, SOMEBODY);
        let whoami = reply(&printed(&early.wait_with_output().unwrap()));
        assert!(whoami.ends_with(" 1000 1000"), "{whoami}");
        let whoami = reply(&users.call(SOMEBODY, scratch.dir(), "whoami"));
        assert!(whoami.ends_with(" 1000 1000"), "{whoami}");
        assert!(server.terminate().success());
        drop(socket);
        fs::remove_file(path).unwrap();
        scratch.leak_check();
    });
}

/// A server that serves [`SOMEBODY`] too, and its directory, which has mode 0755.
struct Daemon {
    scratch: Scratch,
    server: ServerHandle,
}

impl Daemon {
    /// Returns `None` where files have no access lists.
    fn new() -> Option<Self> {
        let scratch = Scratch::with_mode(RUNTIME_DIRECTORY);
        if !requirements::access_lists(scratch.dir()) {
            return None;
        }
        let allow = Allow::default().uid(SOMEBODY);
        let bound = Server::builder().allow(allow).bind(scratch.path("server"));
        let server = with_handlers(bound.unwrap(), &Arc::default());
        let server = server.start().unwrap();
        Some(Self { scratch, server })
    }

    /// Ends the server, and checks that nothing is left behind.
    async fn end(self) {
        assert_eq!(self.scratch.files(), ["server"]);
        self.server.close().await.unwrap();
        self.scratch.leak_check();
    }
}

/// Returns what a process has printed.
fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}
