//! Go clients of a Rust server, at its limits and at their own.

use std::fs;
use std::time::Duration;

use domainsockets::{Server, service};
use tests::gopeer::{GoClient, GoError, WINDOW};
use tests::raw::RawClient;
use tests::watchdog;
use tests::wire::{ClientMsg, ServerMsg, pattern};

use crate::support::{MAX_MESSAGE_SIZE, Pair, QUIET, SOON, Served, assert_same};

#[service]
trait Kv {
    async fn get(&self, key: &str) -> Option<String>;
    async fn add(&self, a: u32, b: u32) -> Result<u32, String>;
}

struct Store;

impl Kv for Store {
    async fn get(&self, key: &str) -> Option<String> {
        (key == "a").then(|| "xy".to_owned())
    }

    async fn add(&self, a: u32, b: u32) -> Result<u32, String> {
        a.checked_add(b)
            .filter(|sum| *sum != 0)
            .ok_or_else(|| "zero".to_owned())
    }
}

#[test]
fn x08_go_client_calls_typed_methods_with_bincode_by_hand() {
    watchdog::run(|| async {
        let served = Served::new(KvServer::new(Store));
        served
            .called(|path| {
                let go = GoClient::dial(&path).unwrap();
                for (method, arguments, result) in [
                    ("Kv.get", &b"\x01a"[..], &b"\x01\x02xy"[..]),
                    ("Kv.get", b"\x04none", b"\x00"),
                    ("Kv.add", b"\x01\xfb\x2c\x01", b"\x00\xfb\x2d\x01"),
                    ("Kv.add", b"\x00\x00", b"\x01\x04zero"),
                ] {
                    let reply = go.call(method, arguments, SOON);
                    assert_eq!(reply, Ok(result.to_vec()), "{method} {arguments:02x?}");
                }
                let Err(GoError::Reply(text)) = go.call("Kv.add", b"\x01", SOON) else {
                    panic!("not an error reply");
                };
                assert!(text.contains("ends too early"), "{text}");
                go.close_and_clean();
            })
            .await;
        served.end().await;
    });
}

#[test]
fn x14_reply_to_a_go_client_has_a_window_with_its_header() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let go = GoClient::dial(&pair.path()).unwrap();
        for size in 4080..=4100 {
            let fits = ServerMsg::reply(0, &pattern(size)).encode().len() <= WINDOW;
            match go.call("size", size.to_string().as_bytes(), SOON) {
                Ok(reply) if fits => assert_same(&reply, &pattern(size)),
                Err(GoError::Reply(text)) if !fits => {
                    assert!(text.contains(&size.to_string()) && text.contains("4096"));
                }
                other => panic!("{size}: {other:?}"),
            }
        }
        assert_eq!((go.fatal(), go.lost(), go.surplus()), (None, 0, 0));
        go.close_and_clean();
        pair.end().await;
    });
}

/// A Go client does not know the limit, and cannot dial again: it has no way to close a connection.
#[test]
fn x15_request_of_a_go_client_over_the_limit_is_answered_and_skipped() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().max_message_size(1000);
            builder.bind(path).unwrap()
        })
        .await;
        let go = GoClient::dial(&pair.path()).unwrap();
        let mut raw = RawClient::connect_by_files(&pair.path());
        // Within the codec's allowance, and over it: the latter is not stored.
        for (id, size) in (0..).zip([1001, 66_000, 100_000, 200_000]) {
            let Err(GoError::Reply(text)) = go.call("len", &pattern(size), SOON) else {
                panic!("not an error reply");
            };
            let sizes = format!("a message of {size} bytes exceeds the limit of 1000 bytes");
            assert_eq!(text, format!("handler(len) error: {sizes}"));
            assert_eq!(go.call("len", &pattern(1000), SOON), Ok(b"1000".to_vec()));

            // The datagrams of another client may end anywhere, and the next request is in the last of them.
            let request = ClientMsg::request(2 * id, "len", &pattern(size)).encode();
            let next = ClientMsg::request(2 * id + 1, "echo", b"next").encode();
            for datagram in [request, next].concat().chunks(3000) {
                raw.send(datagram);
            }
            let refused = ServerMsg::error(2 * id, "len", &sizes);
            assert_eq!(raw.message(SOON), Some(refused));
            assert_eq!(
                raw.message(SOON),
                Some(ServerMsg::reply(2 * id + 1, b"next"))
            );
        }
        assert_eq!((go.fatal(), go.lost(), go.surplus()), (None, 0, 0));
        assert_eq!(pair.server.stats().violations, 0);
        go.close_and_clean();
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn x15_request_over_the_largest_limit_is_answered_before_the_connection_is_closed() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let mut raw = RawClient::connect_by_files(&pair.path());
        assert_eq!(raw.call(0, "echo", b"on").data, b"on");
        let size = 65 << 20;
        let mut head = ClientMsg::request(1, "len", &pattern(size)).encode();
        head.truncate(100);
        raw.send(&head);
        let refused = raw.message(SOON).unwrap();
        let text = format!(
            "handler(len) error: a message of {size} bytes exceeds the limit of {MAX_MESSAGE_SIZE} bytes; the \
             connection is closed"
        );
        assert_eq!((refused.id, refused.text()), (1, text));
        assert!(raw.is_closed_within(SOON));
        assert_eq!(pair.server.stats().violations, 1);
        drop(raw);
        pair.end().await;
    });
}

/// The rest of the skipped message counts as an unfinished message.
#[test]
fn x15_request_that_is_skipped_has_to_end_in_time() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().read_timeout(3 * QUIET);
            builder.bind(path).unwrap()
        })
        .await;
        let mut raw = RawClient::connect_by_files(&pair.path());
        let mut head = ClientMsg::request(1, "len", &pattern(8 << 20)).encode();
        head.truncate(100);
        raw.send(&head);
        assert_eq!(raw.message(SOON).unwrap().kind, 0);
        assert!(raw.is_closed_within(SOON));
        assert_eq!(pair.server.stats().timeouts, 1);
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn x15_request_over_the_limit_with_an_id_in_use_is_not_answered_twice() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().max_message_size(1000);
            builder.bind(path).unwrap()
        })
        .await;
        let mut raw = RawClient::connect_by_files(&pair.path());
        raw.request(7, "sleep", b"100");
        raw.request(7, "len", &pattern(100_000));
        assert_eq!(raw.message(SOON), Some(ServerMsg::reply(7, b"100")));
        assert!(raw.is_closed_within(SOON));
        assert_eq!(raw.message(QUIET), None);
        assert_eq!(pair.server.stats().violations, 1);
        drop(raw);
        pair.end().await;
    });
}

/// Otherwise the handler would run with the repeated heads as its data.
#[test]
fn x16_data_that_do_not_fit_the_send_buffer_of_a_go_client_reach_no_handler() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let go = GoClient::dial_with_send_buffer(&pair.path(), WINDOW).unwrap();
        assert_eq!(go.call("count", &pattern(4000), SOON), Ok(b"1".to_vec()));
        let sent = go.call("count", &pattern(9000), SOON);
        assert!(matches!(sent, Err(GoError::Send(_))), "{sent:?}");
        assert_eq!(pair.probe.counted(), 1);
        assert_eq!(pair.server.stats().violations, 1);
        go.close_and_clean();

        let mut raw = RawClient::connect_by_files(&pair.path());
        let request = ClientMsg::request(3, "count", &pattern(9000));
        let heads = request.header().repeat(9100 / request.header().len() + 1);
        raw.send(&heads);
        let refused = raw.message(SOON).unwrap();
        assert_eq!((refused.id, refused.kind), (3, 0));
        assert!(refused.text().contains("send buffer"), "{refused:?}");
        assert!(raw.is_closed_within(SOON));
        assert_eq!(pair.probe.counted(), 1);
        drop(raw);
        pair.end().await;
    });
}

#[test]
fn x16_data_over_the_limit_and_the_send_buffer_of_a_go_client_are_refused_once() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().max_message_size(1000);
            builder.bind(path).unwrap()
        })
        .await;
        // Among these are sizes after which a head would follow what is skipped.
        for size in [9000, 100_000, 100_001, 100_002, 100_003, 100_004] {
            let go = GoClient::dial_with_send_buffer(&pair.path(), WINDOW).unwrap();
            let sent = go.call("len", &pattern(size), SOON);
            assert!(matches!(sent, Err(GoError::Send(_))), "{sent:?}");
            assert_eq!((go.fatal(), go.surplus()), (None, 0), "{size}");
            go.close_and_clean();
        }
        assert_eq!(pair.server.stats().violations, 6);
        pair.end().await;
    });
}

#[test]
fn x17_call_of_a_go_client_over_the_limit_in_flight_fails_at_once() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().max_in_flight(3);
            builder.bind(path).unwrap()
        })
        .await;
        let go = GoClient::dial(&pair.path()).unwrap();
        let running: Vec<_> = (0..3).map(|_| go.start("sleep", b"300").unwrap()).collect();
        let Err(GoError::Reply(text)) = go.call("sleep", b"300", SOON) else {
            panic!("not an error reply");
        };
        assert!(text.contains("overloaded: the limit of 3"), "{text}");
        for call in running {
            assert_eq!(call.wait(SOON), Ok(b"300".to_vec()));
        }
        assert_eq!(go.call("echo", b"on", SOON), Ok(b"on".to_vec()));
        go.close_and_clean();
        pair.end().await;
    });
}

#[test]
fn x18_silent_go_connection_is_evicted_by_a_further_one() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| Server::builder().max_half_open(2).bind(path).unwrap()).await;
        pair.acquaint().await;
        let [first, second, third] = [(); 3].map(|()| GoClient::dial(&pair.path()).unwrap());
        assert_eq!(third.call("echo", b"on", SOON), Ok(b"on".to_vec()));
        // The pair's own client counts too.
        let connections = || pair.server.stats().connections;
        watchdog::eventually(SOON, "evicted", || connections() == 3);
        let evicted = first.call("echo", b"late", SOON);
        assert!(matches!(evicted, Err(GoError::Send(_))), "{evicted:?}");
        assert_eq!(second.call("echo", b"on", SOON), Ok(b"on".to_vec()));
        second.close_and_clean();
        third.close_and_clean();
        first.close_and_clean();
        pair.end().await;
    });
}

#[test]
fn x19_dial_of_a_go_client_over_the_limit_fails_at_once() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().max_connections_per_user(1);
            builder.bind(path).unwrap()
        })
        .await;
        let refused = GoClient::dial(&pair.path()).unwrap_err();
        assert!(refused.to_string().contains("got 11, want 36"), "{refused}");
        // Go leaves its socket behind, here as everywhere.
        let files = pair.scratch.files().into_iter();
        for file in files.filter(|file| file != "server") {
            fs::remove_file(pair.scratch.path(&file)).unwrap();
        }
        pair.end().await;
    });
}

#[test]
fn x20_idle_go_connection_is_dropped_and_calls_on_it_fail() {
    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let builder = Server::builder().idle_timeout(3 * QUIET);
            builder.bind(path).unwrap()
        })
        .await;
        let go = GoClient::dial(&pair.path()).unwrap();
        // A running call keeps the connection open.
        assert_eq!(go.call("sleep", b"700", SOON), Ok(b"700".to_vec()));
        tokio::time::sleep(Duration::from_millis(700)).await;
        let dropped = go.call("echo", b"late", SOON);
        assert!(matches!(dropped, Err(GoError::Send(_))), "{dropped:?}");
        go.close_and_clean();
        pair.end().await;
    });
}
