//! The files, sockets and descriptors of servers and clients, from bind and dial to close.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use domainsockets::wire::setup_encode;
use domainsockets::{Client, Error, ServeError, Server};
use tests::foreign_process::NOBODY;
use tests::handshake::Handshake;
use tests::process::Process;
use tests::raw::RawServer;
use tests::requirements;
use tests::scratch::Scratch;
use tests::subprocess::{descriptors, in_subprocess};
use tests::watchdog;
use tests::wire::KEEPALIVE;
use tokio::task::{self, JoinSet};

use crate::other_users::OtherUsers;
use crate::support::{Pair, SOON, error, peer, timely};

#[test]
fn l01_dial_fails_at_once_where_no_server_listens() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        drop(UnixDatagram::bind(scratch.path("stale")).unwrap());
        fs::write(scratch.path("file"), "no socket").unwrap();
        for name in ["nothing", "stale", "file"] {
            let path = &scratch.path(name);
            timely(Duration::ZERO..Duration::from_millis(50), || async move {
                let refused = error(Client::dial(path).await);
                let named = matches!(&refused, Error::NotListening { path: own } if own == path);
                assert!(named, "{name}: {refused:?}");
            })
            .await;
        }
        assert_eq!(scratch.files(), ["file", "stale"]);
        fs::remove_file(scratch.path("file")).unwrap();
        fs::remove_file(scratch.path("stale")).unwrap();
        scratch.leak_check();
    });
}

#[test]
fn l02_files_are_removed_after_the_handshake() {
    in_subprocess(
        module_path!(),
        "l02_files_are_removed_after_the_handshake",
        || {
            watchdog::run(|| async {
                let before = descriptors();
                let pair = Pair::new().await;
                let mut clients = Vec::new();
                for _ in 0..100 {
                    clients.push(Client::dial(pair.path()).await.unwrap());
                }
                let scratch = &pair.scratch;
                watchdog::eventually(SOON, "no UUIDs", || scratch.files() == ["server"]);
                let mut calls = JoinSet::new();
                for client in &clients {
                    let client = client.clone();
                    calls.spawn(async move { client.call("echo", "on").await });
                }
                for result in calls.join_all().await {
                    assert_eq!(result.unwrap(), "on");
                }
                drop(clients);
                pair.end().await;
                watchdog::eventually(SOON, "descriptors as before", || descriptors() <= before);
            });
        },
    );
}

#[test]
fn l02_client_sends_a_keep_alive_at_once() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind_unmarked(scratch.path("raw"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || server.accept());
        let client = Client::dial(path).await.unwrap();
        let mut server = accepting.await.unwrap();
        // The next keep-alive would be sent only after nine seconds.
        assert_eq!(server.receive(SOON).as_deref(), Some(&KEEPALIVE[..]));
        drop((client, server));
        scratch.leak_check();
    });
}

#[test]
fn l06_name_of_a_dead_server_is_taken_over() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let first = Process::serve(peer(), scratch.dir(), "server");
        first.kill();
        assert_eq!(scratch.files(), ["server"]);

        let logs = Scratch::new();
        let mut second = Command::new(peer());
        second
            .args(["serve", "server", "--log"])
            .env("TMPDIR", scratch.dir())
            .stderr(File::create(logs.path("log")).unwrap());
        let second = Process::serve_by(&mut second);
        let log = fs::read_to_string(logs.path("log")).unwrap();
        assert!(log.contains("reclaimed the name"), "{log}");
        let client = Client::dial(scratch.path("server")).await.unwrap();
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        for _ in 0..3 {
            let refused = Server::bind(scratch.path("server")).map(|_| ());
            let refused = refused.expect_err("the name is taken");
            assert!(
                matches!(refused, ServeError::AddrInUse { .. }),
                "{refused:?}"
            );
        }
        assert_eq!(
            client.call("echo", "undisturbed").await.unwrap(),
            "undisturbed"
        );
        let other = Client::dial(scratch.path("server")).await.unwrap();
        assert_eq!(other.call("echo", "as well").await.unwrap(), "as well");
        drop((client, other));
        assert!(second.terminate().success());
        scratch.leak_check();
    });
}

/// The server locks a file of its own, which no other user can open.
#[test]
fn l06_lock_of_another_user_holds_up_no_server() {
    watchdog::run(|| async {
        if !requirements::root() {
            return;
        }
        let scratch = Scratch::shared();
        let first = Process::serve(peer(), scratch.dir(), "server");
        first.kill();
        let mut locker = Command::new("flock");
        locker
            .arg(scratch.dir())
            .args(["sh", "-c", "echo ready; exec sleep 60"])
            .uid(NOBODY)
            .gid(NOBODY);
        let locker = Process::serve_unchanged(&mut locker);
        timely(Duration::ZERO..Duration::from_millis(500), || async {
            drop(Server::bind(scratch.path("server")).unwrap());
        })
        .await;
        let lock = scratch.path(".server.lock");
        let mut reader = Command::new("cat");
        let read = reader.arg(&lock).uid(NOBODY).gid(NOBODY).output().unwrap();
        assert!(!read.status.success(), "another user can open the lock");
        drop(locker);
        assert!(lock.exists(), "it is used by the next start");
        scratch.leak_check();
    });
}

#[test]
fn l06_lock_file_of_another_user_is_named() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::shared();
        let lock = scratch.path(".server.lock");
        let text = |owner| {
            let lock = lock.display();
            format!(
                "the lock file {lock} belongs to user {owner}; that user or root has to remove it, or choose another name"
            )
        };
        fs::write(&lock, "").unwrap();
        fs::set_permissions(&lock, Permissions::from_mode(0o600)).unwrap();
        let mut server = users.peer(NOBODY);
        server
            .args(["serve", "server"])
            .env("TMPDIR", scratch.dir());
        let refused = server.stdin(Stdio::null()).output().unwrap();
        let printed = String::from_utf8(refused.stderr).unwrap();
        assert!(printed.contains(&text(0)), "{printed}");

        chown(&lock, Some(NOBODY), None).unwrap();
        let refused = Server::bind(scratch.path("server")).map(|_| ());
        let refused = refused.expect_err("the lock is another user's");
        assert!(
            matches!(&refused, ServeError::ForeignLockFile { path, owner: NOBODY } if *path == lock),
            "{refused:?}"
        );
        assert_eq!(refused.to_string(), text(NOBODY));
        assert_eq!(scratch.files(), Vec::<String>::new());
    });
}

/// A server that cannot bind the name of another user's server leaves no lock file in that user's way.
#[test]
fn l06_refused_server_of_another_user_leaves_no_lock_file() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::shared();
        let path = scratch.path("server");
        let mut owner = users.process(NOBODY);
        owner.bind(&path, 0o600).unwrap();
        let refused = Server::bind(&path).map(|_| ());
        let refused = refused.expect_err("the name is taken");
        assert!(
            matches!(
                refused,
                ServeError::AddrInUse {
                    owner: Some(NOBODY),
                    ..
                }
            ),
            "{refused:?}"
        );
        assert!(!scratch.path(".server.lock").exists());
        drop(owner);
        fs::remove_file(path).unwrap();
        scratch.leak_check();
    });
}

/// Errors name the whole path and the cause, and say what to do.
#[test]
fn l07_directory_in_which_no_server_can_bind_is_named() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::with_mode(0o755);
        let mut server = users.peer(NOBODY);
        server
            .args(["serve", "server"])
            .env("TMPDIR", scratch.dir());
        let refused = server.stdin(Stdio::null()).output().unwrap();
        let printed = String::from_utf8(refused.stderr).unwrap();
        let text = format!(
            "cannot bind {}: this process may not create files in {} (Permission denied (os error 13)); give its user write permission, or choose another directory",
            scratch.path("server").display(),
            scratch.dir().display()
        );
        assert!(printed.contains(&text), "{printed}");

        let path = scratch.path("none/server");
        let refused = Server::bind(&path).map(|_| ());
        let refused = refused.expect_err("there is no directory");
        let text = format!(
            "cannot bind {}: there is no directory {} (No such file or directory (os error 2)); create it before the server starts",
            path.display(),
            scratch.path("none").display()
        );
        assert_eq!(refused.to_string(), text);
        scratch.leak_check();
    });
}

#[test]
fn l07_path_that_is_too_long_is_named_as_a_whole() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path(&"n".repeat(100));
        let size = path.as_os_str().len();
        let text = format!(
            "invalid name {path:?}: {} has {size} bytes, and a socket's path at most 107: choose a shorter one",
            path.display()
        );
        let refused = Server::bind(&path).map(|_| ());
        let refused = refused.expect_err("it fits no address");
        assert_eq!(refused.to_string(), text);
        assert_eq!(error(Client::dial(&path).await).to_string(), text);
        scratch.leak_check();
    });
}

#[test]
fn l06_name_of_a_live_server_is_not_taken_over() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let refused = Server::bind(pair.path()).map(|_| ());
        let refused = refused.expect_err("the name is taken");
        assert!(
            matches!(refused, ServeError::AddrInUse { .. }),
            "{refused:?}"
        );
        pair.acquaint().await;
        let path = pair.path();
        drop(pair.client);
        pair.server.close().await.unwrap();
        // The name can be bound again at once.
        drop(Server::bind(path).unwrap());
        pair.scratch.leak_check();
    });
}

#[test]
fn l07_foreign_files_are_left_in_place() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        fs::write(scratch.path("file"), "somebody's").unwrap();
        fs::create_dir(scratch.path("directory")).unwrap();
        std::os::unix::fs::symlink(scratch.path("file"), scratch.path("link")).unwrap();
        std::os::unix::fs::symlink(scratch.path("nowhere"), scratch.path("dangling")).unwrap();
        let stream = UnixListener::bind(scratch.path("stream")).unwrap();
        let names = ["dangling", "directory", "file", "link", "stream"];
        for name in names {
            let path = scratch.path(name);
            let refused = Server::bind(&path).map(|_| ());
            let refused = refused.expect_err("another file has the name");
            assert!(
                matches!(&refused, ServeError::ForeignFile { path: own, .. } if *own == path),
                "{name}: {refused:?}"
            );
        }
        assert_eq!(scratch.files(), names);
        assert_eq!(fs::read(scratch.path("file")).unwrap(), b"somebody's");
        drop(stream);
        fs::remove_dir(scratch.path("directory")).unwrap();
        for name in ["dangling", "file", "link", "stream"] {
            fs::remove_file(scratch.path(name)).unwrap();
        }
        scratch.leak_check();
    });
}

#[test]
fn l08_short_connections_leave_nothing_behind() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let path = scratch.path("server");
        let connect = |times: usize| {
            let path = &path;
            async move {
                for _ in 0..times {
                    let client = Client::dial(path).await.unwrap();
                    assert_eq!(client.call("echo", "hello").await.unwrap(), "hello");
                }
            }
        };
        connect(500).await;
        let (resident, descriptors) = (server.resident(), server.descriptors());
        connect(2000).await;
        let grown = server.resident().saturating_sub(resident);
        assert!(grown < 2 << 20, "{grown} bytes more");
        watchdog::eventually(SOON, "descriptors as before", || {
            server.descriptors() <= descriptors
        });
        assert_eq!(scratch.files(), ["server"]);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn l09_failed_handshakes_leave_no_descriptors() {
    in_subprocess(
        module_path!(),
        "l09_failed_handshakes_leave_no_descriptors",
        || {
            watchdog::run(|| async {
                let before = descriptors();
                let pair = Pair::bound(|path| {
                    // The limit on how long the server keeps a connection whose client closed before the
                    // answer.
                    let builder = Server::builder().idle_timeout(Duration::from_secs(1));
                    builder.bind(path).unwrap()
                })
                .await;
                let setup = UnixDatagram::unbound().unwrap();
                setup.connect(pair.path()).unwrap();
                for index in 0..5000 {
                    let name = setup_encode();
                    if index % 2 == 0 {
                        // The socket exists, and is closed before or just after the server can answer.
                        let socket = UnixDatagram::bind(pair.scratch.path(name.as_str())).unwrap();
                        setup.send(name.as_bytes()).unwrap();
                        drop(socket);
                        fs::remove_file(pair.scratch.path(name.as_str())).unwrap();
                    } else {
                        setup.send(name.as_bytes()).unwrap();
                    }
                }
                // The setup queue is read in order, so this client is served after all others.
                let client = Client::dial(pair.path()).await.unwrap();
                assert_eq!(client.call("echo", "on").await.unwrap(), "on");
                drop((client, setup));
                let stats = || pair.server.stats();
                let refused = stats().refused_setups;
                assert!(refused >= 2500, "{refused}");
                watchdog::eventually(SOON, "no connection", || stats().connections == 0);
                pair.end().await;
                watchdog::eventually(SOON, "descriptors as before", || descriptors() <= before);
            });
        },
    );
}

#[test]
fn l12_child_process_inherits_no_socket() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        let mut list = Command::new("ls");
        let output = list.args(["-l", "/proc/self/fd"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let open = String::from_utf8(output.stdout).unwrap();
        assert!(open.contains("pipe:"), "its own output is one: {open}");
        assert!(!open.contains("socket:"), "{open}");
        pair.end().await;
    });
}

#[test]
fn clean_end_of_the_server_leaves_no_file() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let idle = Client::dial(scratch.path("server")).await.unwrap();
        let client = Client::dial(scratch.path("server")).await.unwrap();
        client.call("echo", "hello").await.unwrap();
        let waiting = tokio::spawn({
            let client = client.clone();
            async move { client.call("sleep", "300").await }
        });
        let counting = tokio::spawn({
            let client = client.clone();
            async move { client.call("sleep", "100").await }
        });
        // Both calls were sent before the first is answered, and the second still runs.
        assert_eq!(counting.await.unwrap().unwrap(), "100");
        assert!(server.terminate().success());
        assert_eq!(scratch.files(), Vec::<String>::new());
        assert_eq!(
            waiting.await.unwrap().unwrap(),
            "300",
            "running calls finish"
        );
        let cut = error(client.call("echo", "too late").await);
        assert!(
            matches!(
                cut,
                Error::Disconnected {
                    may_have_run: false
                } | Error::ShuttingDown
                    | Error::NotListening { .. }
            ),
            "{cut:?}"
        );
        drop((idle, client));
        scratch.leak_check();
    });
}

#[test]
fn clean_end_of_the_client_leaves_no_file() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let arguments = "call server echo --data hello --count 1000 --concurrency 10";
        let arguments: Vec<_> = arguments.split(' ').collect();
        let output = Process::output(peer(), pair.scratch.dir(), &arguments);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(pair.scratch.files(), ["server"]);

        // All sockets of the connection are closed with the client, even while the server runs.
        pair.acquaint().await;
        let sockets = pair.scratch.bound_sockets().len();
        assert!(sockets > Handshake::current().either(0, 1), "{sockets}");
        drop(pair.client);
        let scratch = &pair.scratch;
        watchdog::eventually(SOON, "only the setup socket", || {
            scratch.bound_sockets().len() == 1
        });
        pair.server.close().await.unwrap();
        pair.scratch.leak_check();
    });
}

#[test]
fn dropped_handle_leaves_no_file() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        pair.acquaint().await;
        drop(pair.server);
        drop(pair.client);
        pair.scratch.leak_check();
    });
}
