//! Descriptors attached to datagrams: they end a connection, are closed, and hold up no call.

use std::fs;
use std::time::Duration;

use domainsockets::{Allow, Client, Error, Server};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tests::foreign_process::{NOBODY, SOMEBODY};
use tests::handshake::open_setup;
use tests::raw::{Lingering, Name, RawClient, RawServer};
use tests::scratch::Scratch;
use tests::subprocess::in_subprocess;
use tests::watchdog;
use tests::wire::{ClientMsg, ServerMsg};
use tokio::task;
use uuid::Uuid;

use crate::other_users::OtherUsers;
use crate::support::{Pair, SOON, error};

/// One descriptor, and the most that the kernel attaches to one datagram.
const NUMBERS: [usize; 2] = [1, 253];

/// More than the number of datagrams after which the kernel checks the sender, and not the receiver any more.
const CALLS: u64 = 20;

#[test]
fn s15_descriptors_of_setup_messages_are_closed() {
    in_subprocess(
        module_path!(),
        "s15_descriptors_of_setup_messages_are_closed",
        || {
            watchdog::run(|| async {
                let Some(users) = OtherUsers::new() else {
                    return;
                };
                let pair =
                    Pair::bound_in(Scratch::shared(), |path| Server::bind(path).unwrap()).await;
                pair.acquaint().await;
                let mut attacker = users.process(0);
                attacker.connect(pair.path()).unwrap();
                let mut count = 0;
                for number in NUMBERS {
                    for datagram in [Uuid::new_v4().to_string(), String::new(), "x".repeat(99)] {
                        attacker.stuff(datagram.as_bytes(), number).unwrap();
                        count += 1;
                        watchdog::eventually(SOON, "a refusal", || {
                            pair.server.stats().refused_setups == count
                        });
                        all_are_closed();
                    }
                }
                pair.acquaint().await;
                drop(attacker);
                pair.end().await;
            });
        },
    );
}

#[test]
fn s15_descriptors_of_requests_are_closed() {
    in_subprocess(
        module_path!(),
        "s15_descriptors_of_requests_are_closed",
        || {
            watchdog::run(|| async {
                let Some(users) = OtherUsers::new() else {
                    return;
                };
                let pair = Pair::new().await;
                pair.acquaint().await;
                let request = ClientMsg::request(9, "count", b"").encode();
                for number in NUMBERS {
                    // The server checks the first datagrams of a peer. If the peer's socket has a name, the kernel does
                    // that later.
                    for (name, calls) in [
                        (Name::None, 0),
                        (Name::Abstract, 0),
                        (Name::Abstract, CALLS),
                    ] {
                        let mut client = RawClient::connect_named(&pair.path(), name);
                        for id in 1..=calls {
                            assert_eq!(client.call(id, "echo", b"on").data, b"on");
                        }
                        client.stuff(&request, number).unwrap();
                        assert!(
                            client.is_closed_within(SOON),
                            "{name:?} after {calls} calls"
                        );
                        all_are_closed();
                    }

                    // Those of another process are skipped.
                    let mut victim = RawClient::connect_by_files(&pair.path());
                    let mut attacker = users.process(0);
                    attacker.connect(victim.peer()).unwrap();
                    attacker.stuff(&request, number).unwrap();
                    assert_eq!(victim.call(1, "echo", b"on").data, b"on");
                    all_are_closed();
                }
                assert_eq!(pair.probe.counted(), 0);
                assert_eq!(pair.server.stats().foreign_datagrams, NUMBERS.len() as u64);
                pair.end().await;
            });
        },
    );
}

#[test]
fn s15_descriptors_of_replies_are_closed() {
    in_subprocess(
        module_path!(),
        "s15_descriptors_of_replies_are_closed",
        || {
            watchdog::run(|| async {
                for number in NUMBERS {
                    for name in [Name::None, Name::Abstract] {
                        let lost = reply_stuffed(number, name).await;
                        assert!(matches!(
                            lost,
                            Err(Error::Disconnected { may_have_run: true })
                        ));
                    }
                }
            });
        },
    );
}

/// The client also refuses a setup answer that has descriptors attached.
#[test]
fn s15_descriptors_of_a_setup_answer_are_closed() {
    in_subprocess(
        module_path!(),
        "s15_descriptors_of_a_setup_answer_are_closed",
        || {
            watchdog::run(|| async {
                let Some(users) = OtherUsers::new() else {
                    return;
                };
                let scratch = Scratch::shared();
                let server = RawServer::bind_unmarked(scratch.path("server"));
                let dial = Client::builder().dial_timeout(Duration::from_millis(300));
                let dialling = task::spawn(dial.dial(scratch.path("server")));
                let client = task::block_in_place(|| server.client());
                let mut nobody = users.process(NOBODY);
                assert_eq!(nobody.connect(&client), Err(Errno::ACCESS));
                let mut attacker = users.process(0);
                attacker.connect(&client).unwrap();
                let name = Uuid::new_v4().to_string();
                attacker.bind(&scratch.path(&name), 0o600).unwrap();
                attacker.stuff(name.as_bytes(), 1).unwrap();
                let refused = error(dialling.await.unwrap());
                assert!(matches!(refused, Error::AccessDenied { .. }), "{refused:?}");
                assert_eq!(attacker.received(), None);
                all_are_closed();
                drop((server, attacker));
                fs::remove_file(scratch.path(&name)).unwrap();
                scratch.leak_check();
            });
        },
    );
}

#[test]
fn s15_closing_descriptors_of_peers_holds_up_no_call() {
    in_subprocess(
        module_path!(),
        "s15_closing_descriptors_of_peers_holds_up_no_call",
        || {
            watchdog::run(|| async {
                let Some(users) = OtherUsers::new() else {
                    return;
                };
                let server = |path| {
                    let admitted = Allow::nobody().own_user().uid(SOMEBODY);
                    Server::builder().allow(admitted).bind(path).unwrap()
                };
                let pair = Pair::bound_in(Scratch::shared(), server).await;
                // The kernel lets only admitted users reach the setup socket. Here it lets all, as on a file system
                // without access lists, so that the server has to cope with users who are not admitted.
                open_setup(&pair.path());
                pair.acquaint().await;
                let before = open_descriptors();
                for kind in Lingering::ALL {
                    // On the setup socket, of a user who is not admitted.
                    let mut attacker = users.process(NOBODY);
                    attacker.connect(pair.path()).unwrap();
                    attacker
                        .linger(kind, Uuid::new_v4().to_string().as_bytes())
                        .unwrap();
                    pair.acquaint().await;

                    // On a connection, of its own peer.
                    let request = ClientMsg::request(9, "count", b"").encode();
                    for name in [Name::None, Name::Abstract] {
                        let client = RawClient::connect_named(&pair.path(), name);
                        let _other_end = client.linger(kind, &request).unwrap();
                        assert!(client.is_closed_within(SOON));
                        pair.acquaint().await;
                    }

                    // On a connection, of another process.
                    let mut victim = RawClient::connect_by_files(&pair.path());
                    let mut other = users.process(0);
                    other.connect(victim.peer()).unwrap();
                    other.linger(kind, &request).unwrap();
                    assert_eq!(victim.call(1, "echo", b"on").data, b"on");
                    victim.stuff(&request, 1).unwrap();
                    assert!(victim.is_closed_within(SOON));

                    // On the socket that the server sends from, which is closed with the connection.
                    let mut client = RawClient::connect_by_files(&pair.path());
                    assert_eq!(client.call(1, "echo", b"on").data, b"on");
                    client.request(2, "echo", b"on");
                    let other_end = client.linger_at_sender(kind).unwrap();
                    client.stuff(&request, 1).unwrap();
                    assert!(client.is_closed_within(SOON));
                    pair.acquaint().await;

                    drop((client, victim, attacker, other, other_end));
                    watchdog::eventually(SOON, "all descriptors closed", || {
                        open_descriptors() <= before
                    });
                }
                assert_eq!(pair.probe.counted(), 0);
                pair.end().await;
            });
        },
    );
}

/// What cannot be installed the kernel closes inside of recvmsg(2).
#[test]
fn s15_nothing_of_another_user_is_received_without_free_descriptors() {
    in_subprocess(
        module_path!(),
        "s15_nothing_of_another_user_is_received_without_free_descriptors",
        || {
            watchdog::run(|| async {
                let Some(users) = OtherUsers::new() else {
                    return;
                };
                let server = |path| {
                    let admitted = Allow::nobody().own_user().uid(SOMEBODY);
                    Server::builder().allow(admitted).bind(path).unwrap()
                };
                let pair = Pair::bound_in(Scratch::shared(), server).await;
                pair.acquaint().await;
                let mut attacker = users.process(SOMEBODY);
                attacker.connect(pair.path()).unwrap();
                let before = getrlimit(Resource::Nofile);
                let open = u64::try_from(open_descriptors()).unwrap();
                let limit = |current| Rlimit { current, ..before };
                setrlimit(Resource::Nofile, limit(Some(open + 3))).unwrap();
                attacker.stuff(b"x", 253).unwrap();
                // What is on connections of the own user is received.
                pair.acquaint().await;
                assert_eq!(pair.server.stats().refused_setups, 0);
                setrlimit(Resource::Nofile, before).unwrap();
                watchdog::eventually(SOON, "a refusal", || {
                    pair.server.stats().refused_setups == 1
                });
                all_are_closed();
                drop(attacker);
                pair.end().await;
            });
        },
    );
}

/// Calls a raw server that attaches descriptors to its reply, and returns the result.
async fn reply_stuffed(number: usize, name: Name) -> Result<(), Error> {
    let scratch = Scratch::new();
    let setup = RawServer::bind_unmarked(scratch.path("server"));
    let dialling = task::spawn(Client::dial(scratch.path("server")));
    let mut server = task::block_in_place(|| setup.accept_client(&setup.client(), name));
    let client = dialling.await.unwrap().unwrap();
    let mut outcome = Ok(());
    for call in 0..=CALLS {
        let stuffed = if call == CALLS { number } else { 0 };
        let called = client.clone();
        let call = task::spawn(async move { called.call("echo", "on").await });
        let request = task::block_in_place(|| server.request());
        let reply = ServerMsg::reply(request.id, &request.data).encode();
        server.stuff(&reply, stuffed).unwrap();
        outcome = call.await.unwrap().map(|reply| assert_eq!(reply, "on"));
        all_are_closed();
        assert!(outcome.is_ok() || stuffed == number);
    }
    drop((client, server, setup));
    scratch.leak_check();
    outcome
}

/// Returns how many descriptors this process has open.
fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Waits until the descriptors that peers have attached are closed.
#[track_caller]
fn all_are_closed() {
    watchdog::eventually(SOON, "all descriptors closed", || installed() == 0);
}

/// Returns how many descriptors of program files this process has open: foreign processes attach those.
fn installed() -> usize {
    let own = fs::read_link("/proc/self/exe").unwrap();
    fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
        .filter(|link| *link == own || link.ends_with("conformance-foreign-process"))
        .count()
}
