//! Malformed replies of a server.

use std::time::Duration;

use domainsockets::{Client, Error};
use tests::raw::{RawConnection, RawServer};
use tests::scratch::Scratch;
use tests::subprocess::{in_subprocess, resident};
use tests::watchdog;
use tests::wire::{ServerMsg, pattern, put_varint};
use tokio::task;

use crate::support::{SOON, error};

#[test]
fn m14_replies_with_unknown_ids_are_not_kept() {
    in_subprocess(
        module_path!(),
        "m14_replies_with_unknown_ids_are_not_kept",
        || {
            watchdog::run(|| async {
                let scratch = Scratch::new();
                let setup = RawServer::bind(scratch.path("raw"));
                let (setup, client, mut server) = connected(setup).await;
                let call = call(&client);
                let request = server.request();
                let before = resident();
                let all_sent = (0..10_000).all(|strange| {
                    let reply = ServerMsg::reply(1_000_000 + strange, &pattern(1000));
                    server.try_send(&reply.encode()).is_ok()
                });
                if all_sent {
                    let after = resident();
                    assert!(after < before + (2 << 20), "{before} then {after} bytes");
                    server.reply(request.id, b"right");
                    assert_eq!(call.await.unwrap().unwrap(), "right");
                } else {
                    let cut = error(call.await.unwrap());
                    assert!(is_cut(&cut), "{cut:?}");
                }
                serves_another(setup).await;
                drop((client, server));
                scratch.leak_check();
            });
        },
    );
}

#[test]
fn m14_second_reply_is_ignored() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let setup = RawServer::bind(scratch.path("raw"));
        let (setup, client, mut server) = connected(setup).await;
        for text in ["first", "second"] {
            let call = call(&client);
            let request = server.request();
            server.reply(request.id, text.as_bytes());
            server.reply(request.id, b"wrong");
            assert_eq!(call.await.unwrap().unwrap(), text);
        }
        drop((client, server, setup));
        scratch.leak_check();
    });
}

#[test]
fn m15_unknown_type_of_a_reply_closes_the_connection() {
    for kind in [2, 127, 1 << 63] {
        let mut reply = ServerMsg::reply(0, b"x");
        reply.kind = kind;
        cuts_the_server_off(move |id| ServerMsg { id, ..reply }.encode());
    }
}

#[test]
fn m15_wrong_lengths_of_a_reply_close_the_connection() {
    // Data longer than the total, and data shorter than it.
    cuts_the_server_off(|id| {
        let mut reply = ServerMsg::reply(id, b"x").encode();
        reply[3] = 100;
        reply
    });
    cuts_the_server_off(|id| {
        let mut reply = ServerMsg::reply(id, b"x").encode();
        reply[0] += 1;
        reply.push(0);
        reply
    });
}

#[test]
fn m16_huge_length_of_a_reply_takes_no_memory() {
    in_subprocess(
        module_path!(),
        "m16_huge_length_of_a_reply_takes_no_memory",
        || {
            watchdog::run(|| async {
                let mut huge = Vec::new();
                put_varint(&mut huge, 1 << 62);
                let mut resident_after = Vec::new();
                for _ in 0..20 {
                    cut_off(|_| huge.clone()).await;
                    resident_after.push(resident());
                }
                // Each of the runtime's threads allocates once, when it first drives a connection.
                // Memory for the claimed length would be allocated every time.
                let steps = resident_after.windows(2).skip(9);
                let grown = steps.filter(|step| step[0] + (64 << 10) < step[1]).count();
                assert!(grown <= 3, "{resident_after:?}");
            });
        },
    );
}

/// Asserts that a client closes its connection to a server that answers with these bytes, and reports it
/// to all callers.
fn cuts_the_server_off(answer: impl FnOnce(u64) -> Vec<u8> + Send + 'static) {
    watchdog::run(|| cut_off(answer));
}

async fn cut_off(answer: impl FnOnce(u64) -> Vec<u8>) {
    let scratch = Scratch::new();
    let setup = RawServer::bind(scratch.path("raw"));
    let (setup, client, mut server) = connected(setup).await;
    let calls = [call(&client), call(&client)];
    let request = server.request();
    assert!(request.id < 128, "one byte, as the cases assume");
    server.send(&answer(request.id));
    for call in calls {
        let cut = error(call.await.unwrap());
        assert!(is_cut(&cut), "{cut:?}");
    }
    assert!(server.is_closed_within(SOON));
    let cut = error(client.call("echo", "x").await);
    assert!(is_cut(&cut), "{cut:?}");
    serves_another(setup).await;
    drop((client, server));
    scratch.leak_check();
}

fn is_cut(error: &Error) -> bool {
    matches!(error, Error::Protocol(_) | Error::Disconnected { .. })
}

/// Asserts that another client of this server is served.
async fn serves_another(setup: RawServer) {
    let (setup, client, mut server) = connected(setup).await;
    let call = call(&client);
    let request = server.request();
    server.reply(request.id, b"another");
    assert_eq!(call.await.unwrap().unwrap(), "another");
    drop((client, server, setup));
}

async fn connected(setup: RawServer) -> (RawServer, Client, RawConnection) {
    let path = setup.path().to_owned();
    let accepting = task::spawn_blocking(move || {
        let connection = setup.accept();
        (setup, connection)
    });
    let client = Client::builder().deadline(Duration::from_secs(20));
    let client = client.dial(path).await.unwrap();
    let (setup, connection) = accepting.await.unwrap();
    (setup, client, connection)
}

fn call(client: &Client) -> task::JoinHandle<Result<domainsockets::Bytes, Error>> {
    let client = client.clone();
    tokio::spawn(async move { client.call("echo", "x").await })
}
