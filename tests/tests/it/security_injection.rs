//! Datagrams that other processes send to the sockets of a connection.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use domainsockets::{Allow, Client, Server};
use rustix::io::Errno;
use rustix::process::Uid;
use tests::foreign_process::{NOBODY, Sent};
use tests::handshake::Handshake;
use tests::process::Process;
use tests::raw::{Name, RawClient, RawConnection, RawServer};
use tests::requirements;
use tests::scratch::Scratch;
use tests::subprocess::in_subprocess;
use tests::watchdog;
use tests::wire::{ClientMsg, ServerMsg};
use tokio::task;

use crate::other_users::OtherUsers;
use crate::support::{Pair, SOON, peer};

const NAMES: [Name; 2] = [Name::None, Name::Abstract];

#[test]
fn s06_requests_of_other_processes_are_ignored() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        for name in NAMES {
            let pair = Pair::new().await;
            let (mut victim, door) = victim(&pair, name);
            let mut attacker = users.process(0);
            attacker.connect(&door).unwrap();
            let request = ClientMsg::request(9, "count", b"").encode();
            let foreign = || pair.server.stats().foreign_datagrams;

            // Sent before the victim has sent anything, and while its first datagram waits behind this
            // one.
            assert_eq!(attacker.send(&request, 1), Sent::all(1));
            assert_eq!(victim.call(1, "echo", b"on").data, b"on");
            watchdog::eventually(SOON, "a foreign datagram", || foreign() == 1);

            // Sent when the server knows the victim.
            for id in 2..10 {
                let sent = attacker.send(&request, 1);
                let again = attacker.connect(&door);
                if name == Name::Abstract {
                    assert_eq!(sent, Sent::none(Errno::PERM));
                    assert_eq!(again, Err(Errno::PERM));
                } else {
                    assert_eq!(sent, Sent::all(1));
                    assert_eq!(again, Ok(()));
                    watchdog::eventually(SOON, "a foreign datagram", || foreign() == id);
                }
                assert_eq!(victim.call(id, "echo", b"on").data, b"on");
            }
            assert_eq!(pair.probe.counted(), 0);
            assert_eq!(pair.server.stats().violations, 0);
            drop((victim, attacker));
            fs::remove_file(door).unwrap();
            pair.end().await;
        }
    });
}

/// A datagram that waits in the queue when the server locks its socket is checked as well, even behind
/// empty datagrams.
#[test]
fn s06_requests_injected_before_the_lock_are_ignored() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let mut victim = RawClient::connect_named(&scratch.path("server"), Name::Abstract);
        let mut attacker = users.process(0);
        attacker.connect(victim.peer()).unwrap();
        let injected = ClientMsg::request(9, "count", b"").encode();
        server.pause();
        for id in 1..4 {
            victim.request(id, "echo", b"on");
            assert_eq!(attacker.send(b"", 1), Sent::all(1));
            assert_eq!(attacker.send(&injected, 1), Sent::all(1));
        }
        server.resume();
        for id in 1..4 {
            let reply = victim.message(SOON).unwrap();
            assert_eq!((reply.id, &*reply.data), (id, &b"on"[..]));
        }
        assert_eq!(
            victim.call(5, "count", b"").data,
            b"1",
            "no injected request has run"
        );
        drop((victim, attacker));
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn s07_replies_of_other_processes_are_ignored() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        for name in NAMES {
            let scratch = Scratch::shared();
            let setup = RawServer::bind_unmarked(scratch.path("server"));
            let dialling = task::spawn(Client::dial(scratch.path("server")));
            let (mut server, door) = task::block_in_place(|| {
                let client = setup.client();
                let door = door(&client);
                open(&door);
                // Another user cannot even send the answer of the handshake.
                let mut nobody = users.process(NOBODY);
                nobody.connect(&door).unwrap();
                let answer = uuid::Uuid::new_v4().to_string();
                assert_eq!(nobody.send(answer.as_bytes(), 1), Sent::all(1));
                (setup.accept_client(&client, name), door)
            });
            let client = dialling.await.unwrap().unwrap();
            let mut attacker = users.process(0);
            let connected = attacker.connect(&door);
            if name == Name::Abstract {
                assert_eq!(connected, Err(Errno::PERM));
            } else {
                assert_eq!(connected, Ok(()));
            }
            for index in 0..5 {
                let call = client.clone();
                let call = task::spawn(async move { call.call("echo", "genuine").await });
                let request = task::block_in_place(|| server.request());
                if connected.is_ok() {
                    let forged = ServerMsg::reply(request.id, b"forged").encode();
                    assert_eq!(attacker.send(&forged, 1), Sent::all(1));
                    watchdog::eventually(SOON, "a foreign datagram", || {
                        client.stats().foreign_datagrams == index + 1
                    });
                }
                server.reply(request.id, &request.data);
                assert_eq!(call.await.unwrap().unwrap(), "genuine");
            }
            assert_eq!(client.stats().stray_replies, 0);
            drop((client, server, setup, attacker));
            fs::remove_file(door).unwrap();
            scratch.leak_check();
        }
    });
}

#[test]
fn s08_other_processes_cannot_fill_the_queue_of_a_server() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        for name in NAMES {
            let pair = Pair::bound_in(Scratch::shared(), |path| Server::bind(path).unwrap()).await;
            let (mut victim, door) = victim(&pair, name);
            open(&door);
            let mut attacker = users.process(NOBODY);
            attacker.connect(&door).unwrap();
            assert_eq!(victim.call(1, "echo", b"on").data, b"on");
            // The flood lasts at least as long as the victim's calls.
            let flood = thread::spawn(move || attacker.send(&[0; 4096], 20_000));
            for id in 2..100 {
                assert_eq!(victim.call(id, "echo", b"on").data, b"on");
            }
            let sent = flood.join().unwrap();
            let foreign = pair.server.stats().foreign_datagrams;
            if name == Name::Abstract {
                assert_eq!(sent, Sent::none(Errno::PERM));
                assert_eq!(foreign, 0);
            } else {
                let stats = || pair.server.stats();
                watchdog::eventually(SOON, "all of them", || {
                    stats().foreign_datagrams == sent.accepted as u64
                });
            }
            assert_eq!(victim.call(100, "echo", b"on").data, b"on");
            drop(victim);
            fs::remove_file(door).unwrap();
            pair.end().await;
        }
    });
}

#[test]
fn s08_other_processes_cannot_fill_the_queue_of_a_client() {
    watchdog::run(|| async {
        let Some(users) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::shared();
        let setup = RawServer::bind_unmarked(scratch.path("server"));
        let dialling = task::spawn(Client::dial(scratch.path("server")));
        let (mut server, door, mut attacker) = task::block_in_place(|| {
            let client = setup.client();
            let door = door(&client);
            open(&door);
            let mut attacker = users.process(NOBODY);
            attacker.connect(&door).unwrap();
            (setup.accept_client(&client, Name::Abstract), door, attacker)
        });
        let client = dialling.await.unwrap().unwrap();
        assert_eq!(attacker.send(&[0; 4096], 1000), Sent::none(Errno::PERM));
        let call = call(&client);
        answer(&mut server);
        call.await.unwrap();
        assert_eq!(client.stats().foreign_datagrams, 0);
        drop((client, server, setup, attacker));
        fs::remove_file(door).unwrap();
        scratch.leak_check();
    });
}

#[test]
fn s12_abstract_sockets_receive_nothing() {
    in_subprocess(
        module_path!(),
        "s12_abstract_sockets_receive_nothing",
        || {
            watchdog::run(|| async {
                let Some(users) = OtherUsers::new() else {
                    return;
                };
                let pair = Pair::bound_in(Scratch::shared(), |path| {
                    let builder = Server::builder().allow(Allow::anyone());
                    builder.bind(path).unwrap()
                })
                .await;
                pair.acquaint().await;
                let names = abstract_names();
                // By files, each side sends from one socket with a name. Of a socket pair, the kernel names the client's
                // end, which listens to nobody.
                let (number, refused) =
                    Handshake::current().either((1, Errno::CONNREFUSED), (2, Errno::PERM));
                assert_eq!(names.len(), number, "{names:?}");
                for uid in [0, NOBODY] {
                    let mut attacker = users.process(uid);
                    for name in &names {
                        assert_eq!(attacker.connect(name), Err(refused), "{name}");
                    }
                }
                pair.acquaint().await;
                assert_eq!(pair.server.stats().foreign_datagrams, 0);
                pair.end().await;
                assert_eq!(abstract_names(), Vec::<String>::new());
            });
        },
    );
}

/// A process that has dialled as root may drop its privileges and keep the connection.
#[test]
fn connection_outlives_a_change_of_the_clients_user() {
    in_subprocess(
        module_path!(),
        "connection_outlives_a_change_of_the_clients_user",
        || {
            watchdog::blocking(|| {
                if !requirements::root() {
                    return;
                }
                let scratch = Scratch::shared();
                let server = Process::serve(peer(), scratch.dir(), "server");
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    let options =
                        domainsockets::CallOptions::new().with_deadline(Duration::from_secs(2));
                    let client = Client::dial(scratch.path("server")).await.unwrap();
                    let nobody = Uid::from_raw(NOBODY);
                    rustix::thread::set_thread_res_uid(nobody, nobody, Uid::ROOT).unwrap();
                    let mut replies = Vec::new();
                    for _ in 0..5 {
                        let reply = client.call_with("whoami", "", options.clone()).await;
                        replies.push(reply.map(|reply| String::from_utf8(reply.to_vec()).unwrap()));
                    }
                    rustix::thread::set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).unwrap();
                    let expected = format!("{} 0 0", std::process::id());
                    for reply in replies {
                        assert_eq!(reply.unwrap(), expected);
                    }
                });
                drop(runtime);
                assert!(server.terminate().success());
                scratch.leak_check();
            });
        },
    );
}

/// Returns a client that has sent nothing, and a second path to the server's socket of its connection.
fn victim(pair: &Pair, name: Name) -> (RawClient, PathBuf) {
    let victim = RawClient::connect_named(&pair.path(), name);
    let door = door(victim.peer());
    (victim, door)
}

/// Links the socket's file to a second name, which remains when the first is removed.
fn door(socket: &Path) -> PathBuf {
    let door = socket.with_file_name("door");
    fs::hard_link(socket, &door).unwrap();
    door
}

fn open(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap();
}

fn call(client: &Client) -> task::JoinHandle<()> {
    let client = client.clone();
    task::spawn(async move {
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
    })
}

fn answer(server: &mut RawConnection) {
    task::block_in_place(|| {
        let request = server.request();
        server.reply(request.id, &request.data);
    });
}

/// Returns the names that sockets of this process have in the abstract namespace.
fn abstract_names() -> Vec<String> {
    let own: Vec<_> = fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|link| {
            let link = link.to_str()?.strip_prefix("socket:[")?;
            Some(link.strip_suffix(']')?.to_owned())
        })
        .collect();
    let sockets = fs::read_to_string("/proc/net/unix").unwrap();
    sockets
        .lines()
        .filter_map(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            let name = fields.get(7).filter(|name| name.starts_with('@'))?;
            own.contains(&fields[6].to_owned())
                .then(|| (*name).to_owned())
        })
        .collect()
}
