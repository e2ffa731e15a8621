//! The library against a stand-in of the Go package.

use std::time::{Duration, Instant};

use domainsockets::{CallOptions, Client, Error};
use tests::gopeer::{GoClient, GoError, GoServer, Outcome, WINDOW};
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::pattern;
use tokio::task::JoinSet;

use crate::support::{Pair, QUIET, SOON, assert_same, error, timely};

#[test]
fn x01_rust_client_calls_a_go_server() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = GoServer::builder()
            .standard_handlers()
            .handler("len", |data| {
                assert_same(data, &pattern(data.len()));
                Outcome::Data(data.len().to_string().into_bytes())
            })
            .start(scratch.path("go"));
        let client = Client::dial(server.path()).await.unwrap();
        for size in (0..=4000).step_by(50).chain([1, 127, 128, 3999]) {
            let reply = client.call("echo", pattern(size)).await.unwrap();
            assert_same(&reply, &pattern(size));
        }
        for size in [4000, 4096, 5000, 65_536, 200_000, 1_000_000, 1 << 20] {
            let reply = client.call("len", pattern(size)).await.unwrap();
            assert_eq!(reply, size.to_string());
        }
        // Many at a time, so that requests share datagrams and are split across them.
        let mut calls = JoinSet::new();
        for index in 0..300 {
            let client = client.clone();
            calls.spawn(async move {
                let data = pattern(index * 11);
                let reply = client.call("echo", data.clone()).await.unwrap();
                assert_same(&reply, &data);
            });
        }
        calls.join_all().await;
        assert_eq!(server.fatal(), None);
        for record in server.records() {
            assert!(record.bytes.len() <= WINDOW, "{}", record.bytes.len());
        }
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn x02_go_client_calls_a_rust_server() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let go = GoClient::dial(&pair.path()).unwrap();
        for size in (0..=4000).step_by(50).chain([1, 127, 128, 3999]) {
            let reply = go.call("echo", &pattern(size), SOON).unwrap();
            assert_same(&reply, &pattern(size));
        }
        let reply = go.call("len", &pattern(200_000), SOON).unwrap();
        assert_eq!(reply, b"200000");
        // Many at a time, so that replies share datagrams. No reply may be split across two.
        let calls: Vec<_> = (0..200)
            .map(|index| go.start("echo", &pattern(index * 20)).unwrap())
            .collect();
        for (index, call) in calls.into_iter().enumerate() {
            assert_same(&call.wait(SOON).unwrap(), &pattern(index * 20));
        }
        assert_eq!((go.fatal(), go.lost(), go.surplus()), (None, 0, 0));
        go.close_and_clean();
        pair.end().await;
    });
}

#[test]
fn x03_go_client_gets_an_error_for_an_oversized_reply() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let go = GoClient::dial(&pair.path()).unwrap();
        let Err(GoError::Reply(text)) = go.call("size", b"10000", SOON) else {
            panic!("not an error reply");
        };
        assert!(text.len() <= WINDOW, "{}", text.len());
        assert!(text.contains("10000") && text.contains("4096"), "{text}");
        // A handler's own long text is cut, not dropped.
        let Err(GoError::Reply(text)) = go.call("fail", &[b'x'; 10_000], SOON) else {
            panic!("not an error reply");
        };
        assert!(text.len() <= WINDOW, "{}", text.len());
        assert_eq!(go.call("echo", b"on", SOON), Ok(b"on".to_vec()));
        assert_eq!((go.fatal(), go.lost(), go.surplus()), (None, 0, 0));
        go.close_and_clean();
        pair.end().await;
    });
}

#[test]
fn x04_call_that_a_go_server_ignores_ends_at_its_deadline() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = GoServer::start(scratch.path("go"));
        let client = Client::dial(server.path()).await.unwrap();
        let deadline = Duration::from_secs(1);
        timely(deadline..deadline + QUIET, || async {
            let options = CallOptions::new().with_deadline(deadline);
            let silence = error(client.call_with("nobody", "x", options).await);
            assert!(
                matches!(silence, Error::DeadlineExceeded { .. }),
                "{silence:?}"
            );
        })
        .await;
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        assert_eq!(server.fatal(), None);
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

/// Takes 33 seconds: a real Go server would drop the connection after 30 without keep-alives.
#[test]
fn x05_keep_alives_keep_a_go_connection_open_during_a_long_handler() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = GoServer::start(scratch.path("go"));
        let client = Client::dial(server.path()).await.unwrap();
        let begin = Instant::now();
        let deadline = CallOptions::new().with_deadline(Duration::from_secs(40));
        let reply = client.call_with("sleep", "33000", deadline).await.unwrap();
        assert_eq!(reply, "33000");
        assert!(begin.elapsed() >= Duration::from_secs(33));
        assert_eq!((server.dropped(), server.fatal()), (0, None));
        let records = server.records();
        assert!(records.len() >= 4, "{}", records.len());
        for two in records.windows(2) {
            let gap = two[1].at - two[0].at;
            assert!(gap <= Duration::from_secs(10), "{gap:?}");
        }
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn x06_error_that_a_go_server_sends_as_data_is_data() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = GoServer::builder()
            .standard_handlers()
            .handler("odd", |_| Outcome::ErrorAsData("boom".to_owned()))
            .start(scratch.path("go"));
        let client = Client::dial(server.path()).await.unwrap();
        // The type says data, so the library returns data. The caller has to interpret the text.
        let reply = client.call("odd", "x").await.unwrap();
        assert_eq!(reply, "handler(odd) error: boom");
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        let failed = error(client.call("fail", "boom").await);
        assert!(
            matches!(&failed, Error::Handler(text) if text == "boom"),
            "{failed:?}"
        );
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn x07_text_of_a_handler_cannot_imitate_a_cause() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        // The raw client shows what the library writes for an unknown handler, without the library's own
        // decoder.
        let mut raw = RawClient::connect(&pair.path());
        raw.announce(1 << 16, 1 << 20);
        let whole = raw.call(1, "fail me not", b"x").text();
        let reserved = whole.split_once(" error: ").unwrap().1.to_owned();

        let unknown = error(pair.client.call("nobody", "x").await);
        assert!(
            matches!(&unknown, Error::UnknownHandler { handler } if handler == "nobody"),
            "{unknown:?}"
        );
        let doubled = reserved.repeat(2);
        for text in [
            &reserved,
            &reserved[..1],
            &whole,
            &doubled,
            "$",
            "$$",
            "$panicked: x",
        ] {
            let failed = error(pair.client.call("fail", text.to_owned()).await);
            assert!(
                matches!(&failed, Error::Handler(own) if own == text),
                "{failed:?}"
            );
        }
        drop(raw);
        pair.end().await;
    });
}
