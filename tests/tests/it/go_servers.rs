//! Rust clients of a Go server, whose handlers make mistakes and whose replies cannot all be sent.

use std::thread;
use std::time::Duration;

use domainsockets::{CallOptions, Client, Error, service};
use tests::gopeer::{GoServer, Outcome};
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::pattern;

use crate::support::{QUIET, SOON, assert_same, error};

#[service]
trait Kv {
    async fn get(&self, key: &str) -> Option<String>;
    async fn add(&self, a: u32, b: u32) -> Result<u32, String>;
}

/// The handlers write bincode by hand, as a Go program does.
#[test]
fn x08_typed_client_calls_go_handlers_that_write_its_codec_by_hand() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = GoServer::builder()
            .handler("Kv.get", |data| {
                Outcome::Data(match data {
                    b"\x01a" => b"\x01\x02xy".to_vec(),
                    b"\x04none" => vec![0],
                    other => return Outcome::Error(format!("arguments {other:02x?}")),
                })
            })
            .handler("Kv.add", |data| {
                Outcome::Data(match data {
                    b"\x01\xfb\x2c\x01" => b"\x00\xfb\x2d\x01".to_vec(),
                    b"\x00\x00" => b"\x01\x04zero".to_vec(),
                    other => return Outcome::Error(format!("arguments {other:02x?}")),
                })
            })
            .start(scratch.path("go"));
        let kv = KvClient::dial(server.path()).await.unwrap();
        assert_eq!(kv.get("a").await.unwrap().as_deref(), Some("xy"));
        assert_eq!(kv.get("none").await.unwrap(), None);
        assert_eq!(kv.add(1, 300).await.unwrap(), 301);
        let zero = kv.add(0, 0).await.unwrap_err();
        assert_eq!(zero.to_string(), "zero");
        let other = error(kv.get("other").await);
        assert!(
            matches!(&other, Error::Handler(text) if text.contains("arguments")),
            "{other:?}"
        );
        assert_eq!((server.fatal(), server.stuck()), (None, Vec::new()));
        drop(kv);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

/// A Go server writes a reply as one datagram. At the usual `net.core.wmem_max` its send buffer takes 425,952 bytes.
#[test]
fn x09_reply_of_a_go_server_is_received_up_to_its_send_buffer() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = GoServer::start(scratch.path("go"));
        let client = Client::dial(server.path()).await.unwrap();
        let around_the_window = 4080..=4100;
        for size in around_the_window.chain([8192, 65_536, 200_000, 425_900]) {
            let reply = client.call("size", size.to_string()).await.unwrap();
            assert_same(&reply, &pattern(size));
            let reply = client.call("echo", pattern(size)).await.unwrap();
            assert_same(&reply, &pattern(size));
        }
        assert_eq!((server.fatal(), server.stuck()), (None, Vec::new()));
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn x10_handler_that_forgets_the_id_or_the_type_fails_its_call_only() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = GoServer::builder()
            .standard_handlers()
            .handler("forget id", |data| Outcome::DataWithoutId(data.to_vec()))
            .handler("forget type", |data| {
                Outcome::DataWithoutType(data.to_vec())
            })
            .start(scratch.path("go"));
        let client = Client::dial(server.path()).await.unwrap();
        assert_eq!(client.call("echo", "a").await.unwrap(), "a");
        // The data have the type of an error.
        let failed = error(client.call("forget type", "data").await);
        assert!(
            matches!(&failed, Error::Handler(text) if text == "data"),
            "{failed:?}"
        );
        assert_eq!(client.call("echo", "b").await.unwrap(), "b");
        let deadline = CallOptions::new().with_deadline(4 * QUIET);
        error(client.call_with("forget id", "lost", deadline).await);
        // The reply may not be taken for that of another call.
        let other = Client::dial(server.path()).await.unwrap();
        assert_eq!(other.call("echo", "c").await.unwrap(), "c");
        assert_eq!((server.fatal(), server.stuck()), (None, Vec::new()));
        drop((client, other));
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn x11_handler_without_a_message_disconnects_all_callers() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = GoServer::builder()
            .standard_handlers()
            .handler("nil", |_| Outcome::Nil)
            .start(scratch.path("go"));
        let dial = || async {
            let client = Client::builder().keep_alive_interval(QUIET);
            client.dial(server.path()).await.unwrap()
        };
        let (client, other) = (dial().await, dial().await);
        let (failed, bystander) = tokio::join!(client.call("nil", ""), other.call("sleep", "9000"));
        for failed in [error(failed), error(bystander)] {
            let may_have_run = matches!(failed, Error::Disconnected { may_have_run: true });
            assert!(may_have_run, "{failed:?}");
        }
        assert!(server.fatal().is_some());
        drop((client, other));
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn x12_caller_that_stays_after_its_deadline_keeps_the_handler_usable() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = GoServer::start(scratch.path("go"));
        let client = Client::dial(server.path()).await.unwrap();
        let deadline = CallOptions::new().with_deadline(QUIET);
        let late = error(client.call_with("sleep", "300", deadline).await);
        assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        assert_eq!(client.call("sleep", "1").await.unwrap(), "1");
        thread::sleep(Duration::from_millis(400));
        // The reply was received, and discarded.
        let other = Client::dial(server.path()).await.unwrap();
        assert_eq!(other.call("sleep", "2").await.unwrap(), "2");
        assert_eq!(server.stuck(), Vec::<String>::new());
        drop((client, other));
        server.stop_and_clean();
        scratch.leak_check();
    });
}

/// The client cannot help it: the Go server retries a reply that is larger than its send buffer.
#[test]
fn x13_reply_over_the_send_buffer_of_a_go_server_blocks_that_handler_only() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = GoServer::start(scratch.path("go"));
        let client = Client::dial(server.path()).await.unwrap();
        let deadline = CallOptions::new().with_deadline(2 * QUIET);
        for size in ["16777216", "1"] {
            let late = error(client.call_with("size", size, deadline.clone()).await);
            assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        }
        watchdog::eventually(SOON, "stuck", || server.stuck() == ["size"]);
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}
