//! Descriptors attached to datagrams. The library never lets the kernel install them.

use std::fs;
use std::time::Duration;

use domainsockets::{Client, Error, Server};
use rustix::io::Errno;
use tests::foreign_process::NOBODY;
use tests::raw::{Name, RawClient, RawServer};
use tests::scratch::Scratch;
use tests::subprocess::in_subprocess;
use tests::watchdog;
use tests::wire::{ClientMsg, ServerMsg};
use tokio::task;
use uuid::Uuid;

use crate::other_users::OtherUsers;
use crate::support::{Pair, QUIET, SOON, error};

/// One descriptor, and the most that the kernel attaches to one datagram.
const NUMBERS: [usize; 2] = [1, 253];

/// The server stops checking a named peer after `CALLS` datagrams, once it has twice found nothing more
/// to read. The pauses give it that chance. They may be too short, hence several attempts.
const CALLS: u64 = 10;
const PAUSE: Duration = Duration::from_millis(5);
const ATTEMPTS: usize = 5;

#[test]
fn s15_descriptors_of_setup_messages_are_not_installed() {
    in_subprocess(
        module_path!(),
        "s15_descriptors_of_setup_messages_are_not_installed",
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
                        assert_eq!(installed(), 0);
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
fn s15_descriptors_of_requests_are_not_installed() {
    in_subprocess(
        module_path!(),
        "s15_descriptors_of_requests_are_not_installed",
        || {
            watchdog::run(|| async {
                let Some(users) = OtherUsers::new() else {
                    return;
                };
                let pair = Pair::new().await;
                pair.acquaint().await;
                let request = ClientMsg::request(9, "count", b"").encode();
                for number in NUMBERS {
                    // On sockets without names, attached descriptors end the client's connection.
                    let client = RawClient::connect(&pair.path());
                    client.stuff(&request, number).unwrap();
                    assert!(client.is_closed_within(SOON));
                    assert_eq!(installed(), 0);

                    // With names, once the connection is locked, the kernel passes nothing that is
                    // attached to the server.
                    let answered = (0..ATTEMPTS).any(|_| {
                        let mut client = RawClient::connect_named(&pair.path(), Name::Abstract);
                        for id in 1..=CALLS {
                            assert_eq!(client.call(id, "echo", b"on").data, b"on");
                            assert_eq!(client.receive(PAUSE), None);
                        }
                        let last = ClientMsg::request(CALLS + 1, "echo", b"on").encode();
                        let stuffed = [&[], &[], &last[..]].map(|one| client.stuff(one, number));
                        let reply = client.message(QUIET);
                        assert_eq!(installed(), 0);
                        stuffed.iter().all(Result::is_ok)
                            && reply.is_some_and(|it| it.data == b"on")
                    });
                    assert!(answered, "never locked");

                    // Those of another process are skipped.
                    let mut victim = RawClient::connect(&pair.path());
                    let mut attacker = users.process(0);
                    attacker.connect(victim.peer()).unwrap();
                    attacker.stuff(&request, number).unwrap();
                    assert_eq!(victim.call(1, "echo", b"on").data, b"on");
                    assert_eq!(installed(), 0);
                }
                assert_eq!(pair.probe.counted(), 0);
                assert_eq!(pair.server.stats().foreign_datagrams, NUMBERS.len() as u64);
                pair.end().await;
            });
        },
    );
}

#[test]
fn s15_descriptors_of_replies_are_not_installed() {
    in_subprocess(
        module_path!(),
        "s15_descriptors_of_replies_are_not_installed",
        || {
            watchdog::run(|| async {
                for number in NUMBERS {
                    // Without names, attached descriptors end the connection.
                    let lost = reply_stuffed(number, Name::None).await;
                    assert!(matches!(
                        lost,
                        Err(Error::Disconnected { may_have_run: true })
                    ));
                    let mut answered = false;
                    for _ in 0..ATTEMPTS {
                        answered |= reply_stuffed(number, Name::Abstract).await.is_ok();
                    }
                    assert!(answered, "never locked");
                }
            });
        },
    );
}

/// The client also refuses a setup answer that has descriptors attached.
#[test]
fn s15_descriptors_of_a_setup_answer_are_not_installed() {
    in_subprocess(
        module_path!(),
        "s15_descriptors_of_a_setup_answer_are_not_installed",
        || {
            watchdog::run(|| async {
                let Some(users) = OtherUsers::new() else {
                    return;
                };
                let scratch = Scratch::shared();
                let server = RawServer::bind(scratch.path("server"));
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
                assert_eq!(installed(), 0);
                drop((server, attacker));
                fs::remove_file(scratch.path(&name)).unwrap();
                scratch.leak_check();
            });
        },
    );
}

/// Calls a raw server that attaches descriptors to its reply, and returns the result.
async fn reply_stuffed(number: usize, name: Name) -> Result<(), Error> {
    let scratch = Scratch::new();
    let setup = RawServer::bind(scratch.path("server"));
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
        assert_eq!(installed(), 0);
        assert!(outcome.is_ok() || stuffed == number);
        tokio::time::sleep(PAUSE).await;
    }
    drop((client, server, setup));
    scratch.leak_check();
    outcome
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
