//! Handlers that panic.

use std::convert::Infallible;
use std::time::Duration;
use std::{future, thread};

use domainsockets::{Client, Error, Server};
use tests::watchdog;
use tokio::task::JoinSet;

use crate::support::{Daemon, Pair, error};

#[test]
fn f15_panicking_handler_fails_its_own_call_only() {
    watchdog::run(|| async {
        let daemon = Daemon::new().await;
        let client = &daemon.client;
        let mut calls = JoinSet::new();
        for index in 0..1100 {
            let client = client.clone();
            calls.spawn(async move {
                if index % 11 == 0 {
                    let failed = error(client.call("panic", "").await);
                    assert!(
                        matches!(&failed, Error::Panicked { handler } if handler == "panic"),
                        "{failed:?}"
                    );
                } else {
                    let data = index.to_string();
                    assert_eq!(client.call("echo", data.clone()).await.unwrap(), data);
                }
            });
        }
        calls.join_all().await;
        // The server is still the same process.
        assert_eq!(client.call("count", "").await.unwrap(), "1");
        daemon.end();
    });
}

#[test]
fn f15_panic_in_the_first_call_is_reported() {
    watchdog::run(|| async {
        let pair = Pair::new().await;
        let failed = error(pair.client.call("panic", "").await);
        assert!(matches!(failed, Error::Panicked { .. }), "{failed:?}");
        assert_eq!(pair.client.call("echo", "on").await.unwrap(), "on");
        pair.end().await;
    });
}

#[test]
fn f16_panic_while_a_handler_is_dropped_is_contained() {
    struct Grenade;

    impl Drop for Grenade {
        fn drop(&mut self) {
            assert!(thread::panicking(), "the drop runs during the panic");
        }
    }

    watchdog::run(|| async {
        let pair = Pair::bound(|path| {
            let server = Server::bind(path).unwrap();
            let handler = |_| async {
                let _grenade = Grenade;
                future::pending::<Result<Vec<u8>, Infallible>>().await
            };
            server.register("grenade", handler).unwrap()
        })
        .await;
        pair.acquaint().await;
        for _ in 0..50 {
            let client = pair.client.with_deadline(Duration::from_millis(5));
            let late = error(client.call("grenade", "").await);
            assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        }
        let gone = Client::dial(pair.path()).await.unwrap();
        let call = tokio::spawn({
            let gone = gone.clone();
            async move { gone.call("grenade", "").await }
        });
        gone.call("echo", "behind it").await.unwrap();
        call.abort();
        drop(gone);
        pair.acquaint().await;
        pair.end().await;
    });
}
