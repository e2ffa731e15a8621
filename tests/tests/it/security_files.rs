//! Hostile files in the directory of the sockets.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use domainsockets::{Allow, Client, Error, ServeError, Server};
use tests::foreign_process::{NOBODY, SOMEBODY, Sent};
use tests::handshake::{Handshake, StartServer, mark};
use tests::process::Process;
use tests::raw::RawClient;
use tests::requirements;
use tests::scratch::Scratch;
use tests::strace::Strace;
use tests::subprocess::in_subprocess;
use tests::watchdog;
use tokio::runtime::Builder;
use tokio::time;
use uuid::Uuid;

use crate::other_users::OtherUsers;
use crate::support::{Pair, QUIET, SOON, error, peer};

/// Each socket's mode is read while the call that bound it has not yet returned to its program.
#[test]
fn s01_sockets_are_private_from_the_start() {
    watchdog::run(|| async {
        for umask in ["000", "022", "077"] {
            let scratch = Scratch::new();
            let Some(strace) = Strace::inject("bind:delay_exit=100000") else {
                return;
            };
            let under = |arguments: &[&str]| {
                let traced = strace.command(peer());
                let mut command = Command::new("sh");
                command
                    .args(["-c", "umask $0; exec \"$@\"", umask])
                    .arg(traced.get_program())
                    .args(traced.get_args())
                    .args(arguments)
                    .env("TMPDIR", scratch.dir())
                    .stdin(Stdio::null());
                command
            };
            let ended = AtomicBool::new(false);
            let modes = thread::scope(|scope| {
                let watching = scope.spawn(|| watch(scratch.dir(), &ended));
                let server = Process::serve_by(&mut under(&["serve", "server"]));
                let called = under(&["call", "server", "echo", "--data", "on"]).output();
                let called = called.unwrap();
                assert!(called.status.success(), "{called:?}");
                assert!(server.terminate().success());
                ended.store(true, Ordering::Relaxed);
                watching.join().unwrap()
            });
            // The server's name and lock file, and by files one socket of each end.
            let files = Handshake::current().either(2, 4);
            assert_eq!(modes.len(), files, "{modes:?}");
            for (name, mut modes) in modes {
                let is_server = name == "server";
                let first = if is_server { 0o1600 } else { 0o600 };
                assert_eq!(modes.remove(0), first, "{name}, umask {umask}");
                // The test itself takes the mark off.
                modes.retain(|mode| !is_server || Handshake::current().is_pair() || *mode != 0o600);
                assert!(modes.is_empty(), "{name}, umask {umask}: {modes:?}");
            }
            scratch.leak_check();
        }
    });
}

#[test]
fn s02_umask_of_the_process_is_untouched() {
    in_subprocess(
        module_path!(),
        "s02_umask_of_the_process_is_untouched",
        || {
            watchdog::run(|| async {
                let (scratch, files) = (Scratch::new(), Scratch::new());
                let create = |index: usize| {
                    let path = files.path(&index.to_string());
                    fs::write(&path, "").unwrap();
                    let mode = fs::metadata(&path).unwrap().permissions().mode();
                    fs::remove_file(path).unwrap();
                    mode
                };
                let expected = create(0);
                assert_eq!(
                    expected & 0o022,
                    0,
                    "the umask does not mask the bits under test"
                );
                let ended = AtomicBool::new(false);
                let created = thread::scope(|scope| {
                    let creating = scope.spawn(|| {
                        let mut created = 0;
                        while !ended.load(Ordering::Relaxed) {
                            created += 1;
                            assert_eq!(create(created), expected);
                        }
                        created
                    });
                    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                    let starting = scope.spawn(move || {
                        runtime.block_on(async {
                            for _ in 0..200 {
                                let server = Server::builder().allow(Allow::anyone());
                                let server = server.bind(scratch.path("server")).unwrap();
                                let server = server.started().unwrap();
                                let client = Client::dial(server.path()).await.unwrap();
                                drop(client);
                                server.close().await.unwrap();
                            }
                        });
                        scratch.leak_check();
                    });
                    starting.join().unwrap();
                    ended.store(true, Ordering::Relaxed);
                    creating.join().unwrap()
                });
                assert!(created > 200, "only {created} files");
                files.leak_check();
            });
        },
    );
}

#[test]
fn s10_symbolic_links_are_not_followed() {
    watchdog::run(|| async {
        if !requirements::root() {
            return;
        }
        let (scratch, victims) = (Scratch::shared(), Scratch::new());
        let pair = Pair::new().await;
        fs::write(victims.path("file"), "a victim's").unwrap();
        let link = scratch.path("server");
        for (target, owner) in [
            (pair.path(), NOBODY),
            (victims.path("file"), NOBODY),
            (victims.path("nothing"), NOBODY),
            (pair.path(), 0),
        ] {
            symlink(&target, &link).unwrap();
            lchown(&link, Some(owner), Some(owner)).unwrap();
            let refused = Server::bind(&link).map(|_| ());
            let refused = refused.expect_err("the path is a link");
            assert!(
                matches!(&refused, ServeError::ForeignFile { path, .. } if *path == link),
                "{refused:?}"
            );
            let text = format!(
                "{} is a symbolic link, not a datagram socket; remove it, or choose another name",
                link.display()
            );
            assert_eq!(refused.to_string(), text);
            let refused = error(Client::dial(&link).await);
            match (&refused, owner) {
                (
                    Error::AccessDenied {
                        path,
                        owner: Some(NOBODY),
                        ..
                    },
                    NOBODY,
                ) => assert_eq!(*path, link),
                // A link of the same user passes the owner check, but is not followed either.
                (Error::Protocol(_), 0) => {}
                _ => panic!("{refused:?}"),
            }
            assert_eq!(fs::read_link(&link).unwrap(), target);
            assert_eq!(scratch.files(), ["server"]);
            fs::remove_file(&link).unwrap();
        }
        assert_eq!(fs::read(victims.path("file")).unwrap(), b"a victim's");
        assert_eq!(victims.files(), ["file"]);
        assert_eq!(pair.server.stats().refused_setups, 0);
        pair.acquaint().await;
        pair.end().await;
        scratch.leak_check();
        fs::remove_file(victims.path("file")).unwrap();
        victims.leak_check();
    });
}

#[test]
fn s11_directory_that_all_users_may_write_is_refused() {
    watchdog::run(|| async {
        let scratch = Scratch::with_mode(0o777);
        let path = scratch.path("server");
        assert_unsafe(&path, scratch.dir());
        assert_eq!(scratch.files(), Vec::<String>::new());
        let pair = Pair::bound_in(scratch, |path| {
            Server::builder()
                .allow_unsafe_directory()
                .bind(path)
                .unwrap()
        })
        .await;
        pair.acquaint().await;
        pair.end().await;
    });
}

/// A user who may rename a directory above the server's replaces the server as well.
#[test]
fn s11_directory_above_that_all_users_may_write_is_refused() {
    watchdog::run(|| async {
        let scratch = Scratch::with_mode(0o777);
        let directory = scratch.path("a/b");
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("server");
        assert_unsafe(&path, scratch.dir());
        // A link elsewhere leads there as well.
        let elsewhere = Scratch::new();
        symlink(&directory, elsewhere.path("link")).unwrap();
        assert_unsafe(&elsewhere.path("link").join("server"), scratch.dir());

        let allowed = Server::builder().allow_unsafe_directory().bind(&path);
        drop(allowed.unwrap());
        fs::set_permissions(scratch.dir(), Permissions::from_mode(0o1777)).unwrap();
        drop(Server::bind(&path).unwrap());
        fs::remove_file(elsewhere.path("link")).unwrap();
        fs::remove_dir_all(scratch.path("a")).unwrap();
    });
}

/// Asserts that no server binds at `path`, since all users may replace files in this directory.
#[track_caller]
fn assert_unsafe(path: &Path, replaceable: &Path) {
    let refused = Server::bind(path).map(|_| ());
    let refused = refused.expect_err("everyone may replace it");
    let ServeError::UnsafeDirectory {
        path: own,
        directory,
    } = &refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!((&**own, &**directory), (path, replaceable));
    let text = format!(
        "every user may replace {}, since {} is writable by all and has no sticky bit; set it (chmod +t), or choose another directory",
        path.display(),
        replaceable.display()
    );
    assert_eq!(refused.to_string(), text);
}

/// A client that may call the server names sockets that it does not own.
#[test]
fn s13_setup_message_cannot_name_a_foreign_socket() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let pair = Pair::bound_in(Scratch::shared(), |path| {
            let allow = Allow::default().uid(NOBODY);
            Server::builder().allow(allow).bind(path).unwrap()
        })
        .await;
        let scratch = &pair.scratch;
        let mut names = Vec::new();
        let mut fresh = || {
            let name = Uuid::new_v4().to_string();
            names.push(name.clone());
            (scratch.path(&name), name)
        };
        let mut targets = Vec::new();
        let mut sockets = Vec::new();
        let mut bind = |path: &Path, owner| {
            let socket = UnixDatagram::bind(path).unwrap();
            socket.set_nonblocking(true).unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap();
            chown(path, Some(owner), Some(owner)).unwrap();
            sockets.push(socket);
        };

        // Sockets that other users own.
        for owner in [0, SOMEBODY] {
            let (path, name) = fresh();
            bind(&path, owner);
            targets.push(name);
        }
        // The client's own links to another user's socket, and to its own.
        for owner in [0, NOBODY] {
            let (socket, _) = fresh();
            bind(&socket, owner);
            let (link, name) = fresh();
            symlink(&socket, &link).unwrap();
            lchown(&link, Some(NOBODY), Some(NOBODY)).unwrap();
            targets.push(name);
        }
        // A socket of another type, a file, a directory, and a missing path.
        let (path, name) = fresh();
        let listener = UnixListener::bind(&path).unwrap();
        listener.set_nonblocking(true).unwrap();
        chown(&path, Some(NOBODY), None).unwrap();
        targets.push(name);
        let (path, name) = fresh();
        fs::write(&path, "").unwrap();
        chown(&path, Some(NOBODY), None).unwrap();
        targets.push(name);
        targets.push(Uuid::new_v4().to_string());
        // Another server's name, which has the form of a client's and the same owner.
        let (path, name) = fresh();
        let mut other = users.peer(NOBODY);
        let other = Process::serve_by(other.arg("serve").arg(&path));
        mark(&path);
        let descriptors = other.descriptors();
        targets.push(name);

        let mut attacker = users.process(NOBODY);
        attacker.connect(pair.path()).unwrap();
        for (count, target) in (1..).zip(&targets) {
            assert_eq!(attacker.send(target.as_bytes(), 1), Sent::all(1));
            watchdog::eventually(SOON, "a refusal", || {
                pair.server.stats().refused_setups == count
            });
        }
        let stats = pair.server.stats();
        assert_eq!((stats.connections, stats.denied_setups), (1, 0));
        for socket in &sockets {
            let received = socket.recv(&mut [0; 64]).map_err(|error| error.kind());
            assert_eq!(received, Err(std::io::ErrorKind::WouldBlock));
        }
        let accepted = listener.accept().map_err(|error| error.kind());
        assert_eq!(accepted.unwrap_err(), std::io::ErrorKind::WouldBlock);
        assert_eq!(other.descriptors(), descriptors);
        assert!(other.terminate().success());
        pair.acquaint().await;
        drop((attacker, sockets, listener));
        for name in names {
            let _ = fs::remove_file(scratch.path(&name));
        }
        pair.end().await;
    });
}

/// The server refuses a setup message that names a socket in use: those of a connection, and its own
/// name.
#[test]
fn s13_setup_message_cannot_name_a_connected_socket() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let pair = Pair::new().await;
        pair.acquaint().await;
        let mut victim = RawClient::connect_by_files(&pair.path());
        let mut attacker = users.process(0);
        attacker.connect(pair.path()).unwrap();
        for (count, target) in (1..).zip([victim.file(), victim.peer(), &pair.path()]) {
            let name = target.file_name().unwrap().to_str().unwrap();
            assert_eq!(attacker.send(name.as_bytes(), 1), Sent::all(1));
            watchdog::eventually(SOON, "a refusal", || {
                pair.server.stats().refused_setups == count
            });
        }
        assert_eq!(pair.server.stats().foreign_datagrams, 0);
        assert_eq!(victim.receive(QUIET), None);
        assert_eq!(victim.call(1, "echo", b"on").data, b"on");
        drop((victim, attacker));
        pair.end().await;
    });
}

#[test]
fn s14_replaced_name_is_noticed() {
    watchdog::blocking(|| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pair = Pair::new().await;
            pair.acquaint().await;
            look().await;
            assert!(!pair.server.stats().name_lost);
            fs::remove_file(pair.path()).unwrap();
            let hijacker = UnixDatagram::bind(pair.path()).unwrap();
            assert!(
                !pair.server.stats().name_lost,
                "the server has not checked its name yet"
            );
            look().await;
            assert!(pair.server.stats().name_lost);
            pair.acquaint().await;
            let (path, client, scratch) = (pair.path(), pair.client, pair.scratch);
            assert_eq!(client.call("echo", "on").await.unwrap(), "on");
            drop(client);
            pair.server.close().await.unwrap();
            // The file that is there now is not the server's.
            assert!(path.exists());
            drop(hijacker);
            fs::remove_file(path).unwrap();
            scratch.leak_check();
        });
    });
}

#[test]
fn s14_removed_name_is_noticed() {
    watchdog::blocking(|| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pair = Pair::new().await;
            pair.acquaint().await;
            fs::remove_file(pair.path()).unwrap();
            look().await;
            assert!(pair.server.stats().name_lost);
            pair.acquaint().await;
            pair.end().await;
        });
    });
}

/// Advances the time until the server checks its name.
async fn look() {
    time::pause();
    time::advance(Duration::from_secs(11)).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    time::resume();
}

/// Returns all modes that each file had while this watched.
fn watch(dir: &Path, ended: &AtomicBool) -> BTreeMap<String, Vec<u32>> {
    let mut modes: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    while !ended.load(Ordering::Relaxed) {
        for entry in fs::read_dir(dir).unwrap() {
            let Ok((name, found)) = entry.and_then(|entry| {
                let found = entry.metadata()?;
                Ok((entry.file_name(), found))
            }) else {
                // Removed in the meantime.
                continue;
            };
            let modes = modes.entry(name.into_string().unwrap()).or_default();
            let mode = found.permissions().mode() & 0o7777;
            if !modes.contains(&mode) {
                modes.push(mode);
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
    modes
}
