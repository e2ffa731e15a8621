//! The handshake by a socket pair, of which the client passes one end: what a server accepts and refuses, what it tells
//! the client, and when a client sends requests. These tests do not depend on the variable `HANDSHAKE`.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domainsockets::{Allow, Client, Error, Server, ServerHandle, blocking};
use rustix::io::{ioctl_fionbio, ioctl_fionread};
use rustix::net::{
    AddressFamily, Shutdown, SocketAddrUnix, SocketFlags, SocketType, shutdown, socket_with,
    sockopt,
};
use tests::foreign_process::{ForeignProcess, NOBODY};
use tests::process::Process;
use tests::raw::{RawClient, RawConnection, RawServer, pass_setup, socket_pair, stuff};
use tests::requirements;
use tests::scratch::Scratch;
use tests::subprocess::{descriptors, in_subprocess};
use tests::watchdog::{self, within};
use tests::wire::{ClientMsg, ServerMsg, TYPE_ZERO};
use tokio::task::{self, JoinSet};
use uuid::Uuid;

use crate::other_users::{OtherUsers, foreign_process};
use crate::support::{Probe, QUIET, SOON, dial_ready, error, in_time, peer, with_handlers};

/// A server whose socket is marked, a client of it that has made a call, and their directory.
struct Marked {
    scratch: Scratch,
    probe: Arc<Probe>,
    server: ServerHandle,
    client: Client,
}

impl Marked {
    async fn new() -> Self {
        Self::bound_in(Scratch::new(), |path| Server::bind(path).unwrap()).await
    }

    /// Lets every user call the server.
    async fn for_all() -> Self {
        Self::bound_in(Scratch::shared(), |path| {
            let builder = Server::builder().allow(Allow::anyone());
            builder.bind(path).unwrap()
        })
        .await
    }

    async fn bound_in(scratch: Scratch, bind: impl FnOnce(PathBuf) -> Server) -> Self {
        let probe = Arc::default();
        let server = with_handlers(bind(scratch.path("server")), &probe);
        let server = server.start().unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        let marked = Self {
            scratch,
            probe,
            server,
            client,
        };
        marked.serves().await;
        marked
    }

    fn path(&self) -> PathBuf {
        self.scratch.path("server")
    }

    /// Asserts that another client is served, and soon.
    async fn serves(&self) {
        let call = within(SOON, self.client.call("echo", "on"));
        assert_eq!(call.await.unwrap(), "on");
    }

    /// Waits until the server has this many connections.
    fn has_connections(&self, expected: usize) {
        watchdog::eventually(SOON, "connections", || {
            self.server.stats().connections == expected
        });
    }

    /// Waits until the server has refused this many clients.
    fn has_refused(&self, expected: u64) {
        watchdog::eventually(SOON, "refusals", || {
            self.server.stats().refused_setups == expected
        });
    }

    async fn end(self) {
        drop(self.client);
        self.server.close().await.unwrap();
        self.scratch.leak_check();
    }
}

#[test]
fn dropped_dials_leave_no_connection() {
    watchdog::run(|| async {
        let marked = Marked::new().await;
        in_time(QUIET, || async {
            for _ in 0..300 {
                drop(Client::dial(marked.path()).await.unwrap());
            }
            freed(&marked)
        })
        .await;
        in_time(QUIET, || async {
            for _ in 0..300 {
                let client = Client::dial(marked.path()).await.unwrap();
                client.send("count", "").await.unwrap();
            }
            freed(&marked)
        })
        .await;
        in_time(QUIET, || async {
            let path = marked.path();
            let dials = move || {
                for _ in 0..300 {
                    drop(blocking::Client::dial(&path).unwrap());
                }
            };
            task::spawn_blocking(dials).await.unwrap();
            freed(&marked)
        })
        .await;
        marked.end().await;
    });
}

/// Returns how long it takes until the server has no connection but the one.
fn freed(marked: &Marked) -> Duration {
    let begun = Instant::now();
    marked.has_connections(1);
    begun.elapsed()
}

#[test]
fn many_dials_at_once_succeed() {
    watchdog::run(|| async {
        let marked = Marked::new().await;
        let mut dials = JoinSet::new();
        for _ in 0..150 {
            dials.spawn(dial_ready(Client::builder(), marked.path()));
        }
        let clients: Vec<_> = dials
            .join_all()
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        marked.has_connections(151);
        assert_eq!(marked.server.stats().refused_setups, 0);
        drop(clients);
        marked.end().await;
    });
}

#[test]
fn a_server_has_one_descriptor_for_each_connection() {
    const CLIENTS: usize = 20;

    watchdog::run(|| async {
        let scratch = Scratch::new();
        let mut command = Command::new(peer());
        command
            .args(["serve", "server"])
            .env("TMPDIR", scratch.dir());
        let server = Process::serve_unchanged(&mut command);
        let idle = server.descriptors();
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            let client = Client::dial(scratch.path("server")).await.unwrap();
            assert_eq!(client.call("echo", "on").await.unwrap(), "on");
            clients.push(client);
        }
        // And one for the process of the clients.
        watchdog::eventually(SOON, "descriptors", || {
            server.descriptors() == idle + CLIENTS + 1
        });
        drop(clients);
        watchdog::eventually(SOON, "descriptors as before", || {
            server.descriptors() <= idle + 1
        });
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn either_side_sees_at_once_that_the_other_closes() {
    const AT_ONCE: Duration = Duration::from_millis(5);

    watchdog::run(|| async {
        let marked = Marked::new().await;
        in_time(AT_ONCE, || async {
            let mut raw = RawClient::connect_by_pair(&marked.path());
            assert_eq!(raw.call(1, "echo", b"on").data, b"on");
            marked.has_connections(2);
            let closed = Instant::now();
            drop(raw);
            while marked.server.stats().connections > 1 {
                task::yield_now().await;
            }
            closed.elapsed()
        })
        .await;
        marked.end().await;

        let scratch = Scratch::new();
        let server = RawServer::bind_marked(scratch.path("server"));
        in_time(AT_ONCE, || async {
            let client = Client::dial(server.path()).await.unwrap();
            let mut connection = task::block_in_place(|| server.accept());
            connection.greet();
            client.ready().await.unwrap();
            let closed = Instant::now();
            drop(connection);
            within(SOON, client.closed()).await;
            closed.elapsed()
        })
        .await;
        drop(server);
        scratch.leak_check();
    });
}

#[test]
fn descriptors_of_many_setup_messages_are_closed() {
    const MESSAGES: u64 = 1000;

    in_subprocess(
        module_path!(),
        "descriptors_of_many_setup_messages_are_closed",
        || {
            watchdog::run(|| async {
                let marked = Marked::new().await;
                let before = descriptors();
                let setup = UnixDatagram::unbound().unwrap();
                setup.connect(marked.path()).unwrap();
                for _ in 0..MESSAGES {
                    let name = Uuid::new_v4().to_string();
                    watchdog::eventually(SOON, "room", || {
                        stuff(&setup, name.as_bytes(), 253).is_ok()
                    });
                }
                drop(setup);
                marked.has_refused(MESSAGES);
                // As long as none is free, they cannot be counted.
                watchdog::eventually(SOON, "descriptors as before", || {
                    fs::read_dir("/proc/self/fd").is_ok_and(|open| open.count() <= before)
                });
                marked.serves().await;
                marked.end().await;
            });
        },
    );
}

#[test]
fn only_one_connected_seqpacket_socket_is_accepted() {
    in_subprocess(
        module_path!(),
        "only_one_connected_seqpacket_socket_is_accepted",
        || {
            watchdog::run(|| async {
                let marked = Marked::new().await;
                let path = marked.path();
                let before = descriptors();
                let refused = |passed: &[BorrowedFd<'_>]| {
                    let count = marked.server.stats().refused_setups;
                    pass_setup(&path, passed).unwrap();
                    marked.has_refused(count + 1);
                };

                refused(&[]);
                let (one, two) = (socket_pair().unwrap(), socket_pair().unwrap());
                refused(&[one.1.as_fd(), two.1.as_fd()]);
                // Both are closed: the other ends see that.
                let ends = [two.0, one.0].map(UnixDatagram::from);
                drop((one.1, two.1));
                for end in ends {
                    end.set_read_timeout(Some(SOON)).unwrap();
                    assert_eq!(end.recv(&mut [0; 1]).unwrap(), 0);
                }

                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                refused(&[listener.as_fd()]);
                let tcp = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
                refused(&[tcp.as_fd()]);
                refused(&[UnixDatagram::pair().unwrap().1.as_fd()]);
                refused(&[UnixStream::pair().unwrap().1.as_fd()]);
                let seqpacket = || {
                    socket_with(
                        AddressFamily::UNIX,
                        SocketType::SEQPACKET,
                        SocketFlags::CLOEXEC,
                        None,
                    )
                    .unwrap()
                };
                refused(&[seqpacket().as_fd()]);
                let listening = seqpacket();
                let name = format!("listening-{}", Uuid::new_v4());
                let address = SocketAddrUnix::new_abstract_name(name.as_bytes()).unwrap();
                rustix::net::bind(&listening, &address).unwrap();
                rustix::net::listen(&listening, 1).unwrap();
                refused(&[listening.as_fd()]);
                refused(&[File::open("/proc/self/exe").unwrap().as_fd()]);

                drop((listener, tcp, listening));
                watchdog::eventually(SOON, "descriptors as before", || descriptors() <= before);
                marked.serves().await;
                assert_eq!(marked.server.stats().connections, 1);
                marked.end().await;
            });
        },
    );
}

/// Returns the text of the refusal that the other end of a socket pair has sent.
fn refusal(own: OwnedFd) -> String {
    let mut raw = RawClient::over(own);
    let refused = raw.message(SOON).expect("a refusal");
    assert_eq!((refused.id, refused.kind), (0, TYPE_ZERO));
    assert!(raw.is_closed_within(SOON));
    refused.text()
}

#[test]
fn a_pair_of_another_process_is_refused() {
    watchdog::run(|| async {
        let marked = Marked::for_all().await;
        let (own, passed) = socket_pair().unwrap();
        let mut inheriting = Command::new(foreign_process());
        inheriting.stderr(passed);
        let mut inheriting = ForeignProcess::start(&mut inheriting);
        inheriting.pass_inherited(&marked.path()).unwrap();
        let refused = refusal(own);
        let reason = format!(
            "$denied: process {} of user 0 and group 0 has passed a socket that process {} of user 0 and group 0 has created",
            inheriting.id(),
            std::process::id()
        );
        let reason = reason.replace("user 0 and group 0", &own_user());
        assert!(refused.starts_with(&reason), "{refused}");
        assert_eq!(marked.server.stats().denied_setups, 1);
        drop(inheriting);
        marked.serves().await;
        marked.end().await;
    });
}

fn own_user() -> String {
    let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
    format!("user {} and group {}", uid.as_raw(), gid.as_raw())
}

#[test]
fn a_pair_that_was_made_before_dropping_privileges_is_refused() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let marked = Marked::for_all().await;
        let mut dropping = users.process(0);
        dropping.make_pair();
        dropping.become_user(NOBODY);
        let refused = dropping.pass_pair(&marked.path()).unwrap();
        assert!(refused.starts_with("$denied: process "), "{refused}");
        let created = format!(
            "that process {} of user 0 and group 0 has created",
            dropping.id()
        );
        assert!(refused.contains(&created), "{refused}");
        // One that is made afterwards is accepted.
        dropping.dial(&marked.path(), 1).unwrap();
        assert!(dropping.call("whoami", "-").contains(" 65534 "));
        drop(dropping);
        marked.end().await;
    });
}

#[test]
fn an_empty_datagram_ends_a_connection() {
    watchdog::run(|| async {
        let marked = Marked::new().await;
        let mut raw = RawClient::connect_by_pair(&marked.path());
        assert_eq!(raw.call(1, "echo", b"on").data, b"on");
        raw.send(b"");
        assert!(raw.is_closed_within(SOON));
        marked.serves().await;
        marked.end().await;

        let scratch = Scratch::new();
        let server = RawServer::bind_marked(scratch.path("server"));
        let client = Client::dial(server.path()).await.unwrap();
        let mut connection = task::block_in_place(|| server.accept());
        connection.greet();
        client.ready().await.unwrap();
        connection.send(b"");
        within(SOON, client.closed()).await;
        drop((client, connection, server));
        scratch.leak_check();
    });
}

#[test]
fn descriptors_on_a_pair_end_the_connection_and_are_closed() {
    in_subprocess(
        module_path!(),
        "descriptors_on_a_pair_end_the_connection_and_are_closed",
        || {
            watchdog::run(|| async {
                let marked = Marked::new().await;
                let before = descriptors();
                for number in [1, 253] {
                    for datagram in [&ClientMsg::request(1, "count", b"").encode()[..], b""] {
                        let mut raw = RawClient::connect_by_pair(&marked.path());
                        assert_eq!(raw.call(1, "echo", b"on").data, b"on");
                        raw.stuff(datagram, number).unwrap();
                        assert!(raw.is_closed_within(SOON));
                        drop(raw);
                        watchdog::eventually(SOON, "all closed", || descriptors() <= before);
                    }
                }
                assert_eq!(marked.probe.counted(), 0);
                marked.end().await;

                let scratch = Scratch::new();
                let server = RawServer::bind_marked(scratch.path("server"));
                for number in [1, 253] {
                    let before = descriptors();
                    let client = Client::dial(server.path()).await.unwrap();
                    let mut connection = task::block_in_place(|| server.accept());
                    connection.greet();
                    client.ready().await.unwrap();
                    let greeting = ServerMsg::reply(7, b"").encode();
                    connection.stuff(&greeting, number).unwrap();
                    within(SOON, client.closed()).await;
                    drop((client, connection));
                    watchdog::eventually(SOON, "all closed", || descriptors() <= before);
                }
                drop(server);
                scratch.leak_check();
            });
        },
    );
}

/// A client that has passed a socket, of which it has kept a duplicate.
struct Hostile {
    raw: RawClient,
    duplicate: UnixDatagram,
}

impl Hostile {
    fn connect(setup: &Path) -> Self {
        let (own, passed) = socket_pair().unwrap();
        pass_setup(setup, &[passed.as_fd()]).unwrap();
        let mut raw = RawClient::over(own);
        assert_eq!(raw.call(1, "echo", b"on").data, b"on");
        Self {
            raw,
            duplicate: passed.into(),
        }
    }
}

#[test]
fn a_client_that_shares_the_servers_end_harms_only_itself() {
    watchdog::run(|| async {
        let marked = Marked::new().await;
        let path = marked.path();

        // Without O_NONBLOCK, and with replies that it does not read.
        let blocking = Hostile::connect(&path);
        ioctl_fionbio(&blocking.duplicate, false).unwrap();
        for id in 2..50 {
            blocking.raw.request(id, "size", b"100000");
        }
        marked.serves().await;
        marked.serves().await;

        // It ends its own connection.
        let shut = Hostile::connect(&path);
        shutdown(&shut.duplicate, Shutdown::Both).unwrap();
        assert!(shut.raw.is_closed_within(SOON));
        marked.serves().await;

        // It takes its own requests away.
        let thief = Hostile::connect(&path);
        thief.duplicate.set_nonblocking(true).unwrap();
        for id in 2..1000 {
            thief.raw.request(id, "echo", b"");
            let _ = thief.duplicate.recv(&mut [0; 64]);
        }
        marked.serves().await;

        // A large send buffer takes replies up to the kernel's limit.
        let large = Hostile::connect(&path);
        sockopt::set_socket_send_buffer_size(&large.duplicate, 1 << 30).unwrap();
        for id in 2..50 {
            large.raw.request(id, "size", b"100000");
        }
        marked.serves().await;

        drop((blocking, shut, thief, large));
        marked.has_connections(1);
        marked.end().await;
    });
}

/// Switches on options of a socket whose control messages come before the descriptors (`SO_TIMESTAMP`,
/// `SO_TIMESTAMPING`, `SO_PASSSEC`), and one that attaches a descriptor to each datagram (`SO_PASSPIDFD`).
fn switch_on_control_messages(socket: &UnixDatagram) {
    let script = "import socket; s = socket.socket(fileno=0)\n\
                  for option, value in [(29, 1), (37, 0x18), (34, 1), (76, 1)]:\n\
                  \x20   try: s.setsockopt(socket.SOL_SOCKET, option, value)\n\
                  \x20   except OSError as error: print(option, error)";
    let socket = OwnedFd::from(socket.try_clone().unwrap());
    let switched = Command::new("python3")
        .args(["-c", script])
        .stdin(socket)
        .status();
    assert!(switched.unwrap().success());
}

#[test]
fn control_messages_that_a_client_switches_on_harm_only_itself() {
    in_subprocess(
        module_path!(),
        "control_messages_that_a_client_switches_on_harm_only_itself",
        || {
            watchdog::run(|| async {
                if !requirements::python() {
                    return;
                }
                let marked = Marked::new().await;
                let before = descriptors();
                let mut hostile = Hostile::connect(&marked.path());
                switch_on_control_messages(&hostile.duplicate);
                for id in 2..100 {
                    if hostile
                        .raw
                        .try_send(&ClientMsg::request(id, "echo", b"").encode())
                        .is_err()
                    {
                        break;
                    }
                    let _ = hostile.raw.message(SOON);
                }
                marked.serves().await;
                let installed = descriptors().saturating_sub(before);
                assert!(installed < 10, "{installed} descriptors");
                drop(hostile);
                marked.has_connections(1);
                watchdog::eventually(SOON, "all closed", || descriptors() <= before);

                // The kernel closes descriptors without room itself, and takes as long as closing them does.
                let hostile = Hostile::connect(&marked.path());
                switch_on_control_messages(&hostile.duplicate);
                let request = ClientMsg::request(9, "count", b"").encode();
                let other_ends = hostile.raw.linger_last(&request, 253).unwrap();
                assert!(hostile.raw.is_closed_within(SOON));
                marked.serves().await;
                drop((hostile, other_ends));
                watchdog::eventually(SOON, "all closed", || descriptors() <= before);
                marked.end().await;
            });
        },
    );
}

/// The owner of the file does not satisfy the rule of the client, or somebody may replace the file: the request waits
/// until the server has greeted.
#[test]
fn requests_wait_for_the_greeting_of_a_server_that_is_not_vouched_for() {
    watchdog::run(|| async {
        let own_gid = rustix::process::getegid().as_raw();
        let by_group = Allow::nobody().gid(own_gid);
        for (mode, allow) in [(0o700, by_group), (0o777, Allow::default())] {
            let scratch = Scratch::with_mode(mode);
            let server = RawServer::bind_marked(scratch.path("server"));
            let client = Client::builder().allow(allow.clone()).dial(server.path());
            let client = client.await.unwrap();
            let mut connection = task::block_in_place(|| server.accept());
            let call = task::spawn(async move { client.call("echo", "on").await });
            serve_once_greeted(&mut connection);
            assert_eq!(call.await.unwrap().unwrap(), "on");

            // The same for blocking clients.
            let path = server.path().to_owned();
            let call = task::spawn_blocking(move || {
                let client = blocking::Client::builder().allow(allow).dial(path)?;
                client.call("echo", "on")
            });
            let mut connection = task::block_in_place(|| server.accept());
            serve_once_greeted(&mut connection);
            assert_eq!(call.await.unwrap().unwrap(), "on");
            drop((connection, server));
            scratch.leak_check();
        }
    });
}

/// Checks that no request comes before the greeting, greets, and answers the request that follows.
#[track_caller]
fn serve_once_greeted(connection: &mut RawConnection) {
    let hello = connection.message(SOON).unwrap();
    assert_eq!((hello.kind, &*hello.handler), (0, &b"$hello"[..]));
    assert_eq!(
        connection.receive(QUIET),
        None,
        "a request before the greeting"
    );
    connection.send(&ServerMsg::hello(hello.id, 1 << 16, 1 << 20).encode());
    let request = connection.request();
    connection.reply(request.id, &request.data);
}

#[test]
fn the_first_request_is_sent_to_a_server_that_its_file_vouches_for() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind_marked(scratch.path("server"));
        let client = Client::dial(server.path()).await.unwrap();
        let call = task::spawn(async move { client.call("echo", "on").await });
        let mut connection = task::block_in_place(|| server.accept());
        // Before the server has greeted.
        let request = connection.request();
        connection.reply(request.id, &request.data);
        assert_eq!(call.await.unwrap().unwrap(), "on");
        drop((connection, server));
        scratch.leak_check();
    });
}

/// Another user cannot create a file that the client trusts, but may write to the directory.
#[test]
fn a_process_that_may_not_serve_the_client_gets_no_request() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        // The user owns the file, and is not the group that may serve.
        let scratch = Scratch::shared();
        let mut squatter = users.process(NOBODY);
        let path = scratch.path("server");
        squatter.bind_marked(&path).unwrap();
        let allow = Allow::nobody().gid(0);
        let client = Client::builder().allow(allow).dial(&path).await.unwrap();
        let call = task::spawn({
            let client = client.clone();
            async move { client.call("secret", "payload").await }
        });
        squatter.accept();
        let greeting = ServerMsg::hello(0, 1 << 16, 1 << 20).encode();
        squatter.send(&greeting, 1);
        let denied = error(call.await.unwrap());
        assert!(matches!(denied, Error::AccessDenied { .. }), "{denied:?}");
        assert!(!denied.may_have_run());
        let denied = error(client.ready().await);
        assert!(matches!(denied, Error::AccessDenied { .. }), "{denied:?}");
        let sent = squatter.accepted();
        let (hello, len) = ClientMsg::take(&sent).unwrap().unwrap();
        assert_eq!(
            (&*hello.handler, len),
            (&b"$hello"[..], sent.len()),
            "nothing but the hello"
        );
        drop((client, squatter));
        fs::remove_file(path).unwrap();
        scratch.leak_check();
    });
}

#[test]
fn refusals_are_typed_errors_of_the_first_call() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind_marked(scratch.path("server"));
        for text in [
            "$denied: because",
            "$overloaded: things",
            "$shutting-down: soon",
        ] {
            let check = |refused: &Error| match refused {
                Error::AccessDenied { reason, .. } => {
                    assert_eq!(
                        (text, reason.as_deref()),
                        ("$denied: because", Some("because"))
                    );
                    assert!(!refused.may_have_run());
                }
                Error::Overloaded { what } => {
                    assert_eq!((text, what.as_str()), ("$overloaded: things", "things"));
                    assert!(!refused.may_have_run());
                }
                Error::ShuttingDown => assert_eq!(text, "$shutting-down: soon"),
                other => panic!("{text}: {other:?}"),
            };
            let refusal = ServerMsg {
                id: 0,
                kind: TYPE_ZERO,
                data: text.into(),
            };
            // While the call is in flight. A blocking client that is refused before dials again.
            let refuse = || {
                let connection = task::block_in_place(|| server.accept());
                until_unread(&connection);
                connection.send(&refusal.encode());
            };
            let client = Client::dial(server.path()).await.unwrap();
            let calling = client.clone();
            let call = task::spawn(async move { calling.call("echo", vec![0; UNREAD]).await });
            refuse();
            check(&error(call.await.unwrap()));
            check(&error(client.ready().await));

            let path = server.path().to_owned();
            let call = task::spawn_blocking(move || {
                blocking::Client::dial(path)?.call("echo", vec![0; UNREAD])
            });
            refuse();
            check(&error(call.await.unwrap()));
        }
        drop(server);
        scratch.leak_check();
    });
}

/// With a request unread at the server, the kernel reports the reset of the connection first, and then the refusal.
#[test]
fn a_refusal_is_received_although_a_request_was_not_read() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind_marked(scratch.path("server"));
        let refusal = ServerMsg {
            id: 0,
            kind: TYPE_ZERO,
            data: b"$overloaded: things".into(),
        };
        // The call is sent before the server accepts, and never read.
        let client = Client::dial(server.path()).await.unwrap();
        let calling = client.clone();
        let call = task::spawn(async move { calling.call("echo", vec![0; UNREAD]).await });
        let connection = task::block_in_place(|| server.accept());
        until_unread(&connection);
        connection.send(&refusal.encode());
        drop(connection);
        let refused = error(call.await.unwrap());
        assert!(
            matches!(&refused, Error::Overloaded { what } if what == "things"),
            "{refused:?}"
        );

        let path = server.path().to_owned();
        let call = task::spawn_blocking(move || {
            blocking::Client::dial(path)?.call("echo", vec![0; UNREAD])
        });
        let connection = task::block_in_place(|| server.accept());
        until_unread(&connection);
        connection.send(&refusal.encode());
        drop(connection);
        let refused = error(call.await.unwrap());
        assert!(
            matches!(&refused, Error::Overloaded { what } if what == "things"),
            "{refused:?}"
        );
        drop((client, server));
        scratch.leak_check();
    });
}

/// The size of a request, which is more than that of a hello.
const UNREAD: usize = 1000;

/// Waits until a request is in the queue.
fn until_unread(connection: &RawConnection) {
    watchdog::eventually(SOON, "a request", || {
        ioctl_fionread(connection.socket()).unwrap() > UNREAD as u64
    });
}

#[test]
fn a_server_that_never_greets_fails_the_first_call_after_the_dial_timeout() {
    const TIMEOUT: Duration = Duration::from_millis(300);

    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind_marked(scratch.path("server"));
        let check = |late: &Error, begun: Instant| {
            let named = matches!(late, Error::HandshakeTimeout { path, after }
                if path == server.path() && *after == TIMEOUT);
            assert!(named, "{late:?}");
            assert!(late.may_have_run());
            let took = begun.elapsed();
            assert!((TIMEOUT..SOON).contains(&took), "{took:?}");
        };
        let begun = Instant::now();
        let client = Client::builder().dial_timeout(TIMEOUT).dial(server.path());
        let client = client.await.unwrap();
        check(&error(client.call("echo", "on").await), begun);
        check(&error(client.ready().await), begun);

        let (begun, path) = (Instant::now(), server.path().to_owned());
        let call = move || {
            let builder = blocking::Client::builder().dial_timeout(TIMEOUT);
            builder.dial(path)?.call("echo", "on")
        };
        let late = task::spawn_blocking(call).await.unwrap();
        check(&error(late), begun);
        drop((client, server));
        scratch.leak_check();
    });
}
