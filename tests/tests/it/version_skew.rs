//! Clients and servers that were built from different versions of a service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domainsockets::{CallError, Client, Error, Reconnect, Server, ServerHandle};
use serde::{Deserialize, Serialize};
use tests::handshake::StartServer;
use tests::raw::RawServer;
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::{ClientMsg, ServerMsg};
use tokio::task;

use crate::support::{QUIET, SOON, error};

/// The released version.
mod v1 {
    use super::{Deserialize, Refused, Serialize};

    #[derive(Debug, Serialize, Deserialize)]
    pub(super) struct Value {
        pub(super) bytes: Vec<u8>,
    }

    #[domainsockets::service]
    pub(super) trait Kv {
        async fn put(&self, key: &str, value: &Value) -> Result<u32, Refused>;
        async fn count(&self) -> u32;
        async fn rename(&self, from: &str, to: &str) -> u32;
    }
}

/// The current version.
mod v2 {
    use super::{Deserialize, Refused, Serialize};

    #[derive(Debug, Serialize, Deserialize)]
    pub(super) struct Value {
        pub(super) bytes: Vec<u8>,
        pub(super) ttl: u32,
    }

    #[domainsockets::service]
    pub(super) trait Kv {
        async fn put(&self, key: &str, value: &Value) -> Result<u32, Refused>;
        async fn count(&self) -> u32;
        /// Renames its arguments, which does not change the wire format.
        async fn rename(&self, old: String, new: &str) -> u32;
    }
}

#[derive(Debug, Serialize, Deserialize)]
enum Refused {
    Full,
}

/// Counts the calls that run.
#[derive(Clone, Default)]
struct Store(Arc<AtomicU32>);

impl Store {
    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    fn run(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl v2::Kv for Store {
    async fn put(&self, _key: &str, _value: &v2::Value) -> Result<u32, Refused> {
        Ok(self.run())
    }

    async fn count(&self) -> u32 {
        Self::count(self)
    }

    async fn rename(&self, old: String, new: &str) -> u32 {
        u32::try_from(old.len() + new.len()).unwrap()
    }
}

impl v1::Kv for Store {
    async fn put(&self, _key: &str, _value: &v1::Value) -> Result<u32, Refused> {
        Ok(self.run())
    }

    async fn count(&self) -> u32 {
        Self::count(self)
    }

    async fn rename(&self, from: &str, to: &str) -> u32 {
        u32::try_from(from.len() + to.len()).unwrap()
    }
}

const DIFFERENCE: &str = "argument 2 (`value`): server expects struct Value { bytes: bytes, ttl: u32 }, \
     this client sends struct Value { bytes: bytes } (this client lacks field `ttl`)";

fn serve(scratch: &Scratch, store: &Store) -> ServerHandle {
    let server = Server::bind(scratch.path("kv")).unwrap();
    let server = server.add_service(v2::KvServer::new(store.clone()));
    server.unwrap().started().unwrap()
}

/// Returns a value whose bytes a server with another field could misread.
fn value() -> v1::Value {
    v1::Value { bytes: vec![7; 3] }
}

#[track_caller]
fn assert_mismatch<T>(result: Result<T, CallError<Refused>>) {
    match result {
        Err(CallError::Call(Error::SignatureMismatch {
            handler,
            difference,
        })) => {
            assert_eq!((&*handler, &*difference), ("Kv.put", DIFFERENCE));
        }
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was called"),
    }
}

#[test]
fn v01_mismatch_is_reported_with_its_difference_and_does_not_run() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let store = Store::default();
        let server = serve(&scratch, &store);
        let client = Client::dial(server.path()).await.unwrap();
        let old = v1::KvClient::new(&client);
        for _ in 0..3 {
            assert_mismatch(old.put("a", &value()).await);
        }
        let words = match old.put("a", &value()).await.unwrap_err() {
            CallError::Call(error) => error.to_string(),
            CallError::Method(refused) => panic!("{refused:?}"),
        };
        assert!(
            words.contains("client and server disagree about Kv.put: argument 2 (`value`): server"),
            "{words}"
        );
        assert_eq!(store.count(), 0);

        // Methods that agree still work on the same connection, and so do those of another stub.
        assert_eq!(old.count().await.unwrap(), 0);
        assert_eq!(old.rename("one", "other").await.unwrap(), 8);
        let new = v2::KvClient::new(&client);
        let bytes = vec![7; 3];
        let put = new.put("a", &v2::Value { bytes, ttl: 1 }).await;
        assert_eq!(put.unwrap(), 1);
        assert_mismatch(old.put("a", &value()).await);
        assert_eq!(new.count().await.unwrap(), 1);
        drop(client);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn v02_mismatching_calls_in_flight_do_not_run() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let store = Store::default();
        let server = serve(&scratch, &store);
        let old = v1::KvClient::dial(server.path()).await.unwrap();
        let calls: Vec<_> = (0..100)
            .map(|_| {
                let old = old.clone();
                tokio::spawn(async move { old.put("a", &value()).await })
            })
            .collect();
        for call in calls {
            assert_mismatch(call.await.unwrap());
        }
        assert_eq!(store.count(), 0);
        drop(old);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

/// Returns the signature that a datagram announces.
fn announced(datagram: &[u8]) -> Option<u64> {
    let mut rest = datagram;
    while let Ok(Some((message, len))) = ClientMsg::take(rest) {
        rest = &rest[len..];
        if message.handler == b"$meta" {
            let field = message.data.strip_prefix(b"\x03\x08");
            return field.map(|field| u64::from_le_bytes(field.try_into().unwrap()));
        }
    }
    None
}

#[test]
fn v03_signature_is_sent_until_a_call_is_answered() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("kv"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || server.accept());
        let old = v1::KvClient::dial(path).await.unwrap();
        let mut server = accepting.await.unwrap();
        let call = || {
            let old = old.clone();
            tokio::spawn(async move { old.count().await })
        };
        let calls = [call(), call()];
        let requests = [server.request(), server.request()];
        for request in requests {
            server.reply(request.id, &[5]);
        }
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap(), 5);
        }
        let last = call();
        let request = server.request();
        server.reply(request.id, &[6]);
        last.await.unwrap().unwrap();

        let bytes: Vec<u8> = server
            .received()
            .iter()
            .flat_map(|datagram| datagram.bytes.clone())
            .collect();
        let hash = v1::KvClient::signatures()[1].hash();
        assert!(hash.is_some());
        assert_eq!(announced(&bytes), hash);
        let meta = b"$meta";
        let times = bytes.windows(meta.len()).filter(|part| part == meta);
        assert_eq!(
            times.count(),
            2,
            "the server knows the third call's signature"
        );
        drop((old, server));
        scratch.leak_check();
    });
}

#[test]
fn v04_mismatching_call_is_not_sent_again() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("kv"));
        let path = server.path().to_owned();
        let accepting = task::spawn_blocking(move || {
            let mut server = server.accept();
            server.announce(65_536, 4 << 20);
            let request = server.request();
            let text = v2::KvClient::signatures()[0].to_string();
            let reason = format!("$signature: the server has {text}");
            server.send(&ServerMsg::error(request.id, "Kv.put", &reason).encode());
            // A text that cannot be parsed is shown unchanged.
            let request = server.request();
            let reason = "$signature: the server has something later";
            server.send(&ServerMsg::error(request.id, "Kv.count", reason).encode());
            let is_quiet = loop {
                match server.message(QUIET) {
                    None => break true,
                    Some(message) if message.kind != 0 => break false,
                    Some(_) => {}
                }
            };
            assert!(is_quiet, "a call with a known mismatch was sent");
        });
        let old = v1::KvClient::dial(path).await.unwrap();
        assert_mismatch(old.put("a", &value()).await);
        for _ in 0..3 {
            assert_mismatch(old.put("a", &value()).await);
            let words = error(old.count().await).to_string();
            assert_eq!(
                words,
                "client and server disagree about Kv.count: \
                 server has something later, this client fn count() -> u32"
            );
        }
        accepting.await.unwrap();
        drop(old);
        scratch.leak_check();
    });
}

#[test]
fn v05_raw_calls_and_unannounced_clients_are_not_compared() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let store = Store::default();
        let server = serve(&scratch, &store);
        let client = Client::dial(server.path()).await.unwrap();
        let old = v1::KvClient::new(&client);
        assert_mismatch(old.put("a", &value()).await);
        let put = client.call("Kv.put", &b"\x01a\x00\x00"[..]).await;
        assert_eq!(put.unwrap(), &b"\x00\x01"[..]);

        let silent = Client::builder().announce(false).dial(server.path()).await;
        let silent = v1::KvClient::new(silent.unwrap());
        let garbled = silent.put("a", &value()).await;
        assert!(
            matches!(garbled, Err(CallError::Call(Error::Handler(_)))),
            "{garbled:?}"
        );
        assert_eq!(silent.count().await.unwrap(), 1);
        drop((client, silent));
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn v06_reconnected_client_sends_its_signatures_again() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let store = Store::default();
        let server = serve(&scratch, &store);
        let client = Client::builder()
            .reconnect(Reconnect::default())
            .keep_alive_interval(Duration::from_millis(20))
            .deadline(SOON);
        let client = client.dial(server.path()).await.unwrap();
        let old = v1::KvClient::new(client);
        assert_mismatch(old.put("a", &value()).await);
        server.close().await.unwrap();

        let server = Server::bind(scratch.path("kv")).unwrap();
        let server = server.add_service(v1::KvServer::new(store.clone()));
        let server = server.unwrap().started().unwrap();
        // This call shows the client that the server is another one.
        assert_eq!(old.count().await.unwrap(), 0);
        assert_eq!(old.put("a", &value()).await.unwrap(), 1);
        server.close().await.unwrap();

        let server = serve(&scratch, &store);
        assert_mismatch(old.put("a", &value()).await);
        assert_eq!(store.count(), 1);
        drop(old);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

/// A type that accepts a single number, so that what follows it in a tuple cannot be probed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "u32")]
struct Checked(u32);

impl TryFrom<u32> for Checked {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, &'static str> {
        match number {
            77_777 => Ok(Self(number)),
            _ => Err("not that one"),
        }
    }
}

mod checked {
    use super::Checked;

    #[domainsockets::service(name = "Check")]
    pub(super) trait One {
        async fn check(&self, both: (Checked, u8)) -> u32;
    }

    #[domainsockets::service(name = "Check")]
    pub(super) trait Other {
        async fn check(&self, both: (Checked, u16)) -> u32;
    }
}

#[test]
fn v07_unknown_types_match_everything() {
    struct Checker;
    impl checked::One for Checker {
        async fn check(&self, (checked, other): (Checked, u8)) -> u32 {
            checked.0 + u32::from(other)
        }
    }
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("check")).unwrap();
        let server = server.add_service(checked::OneServer::new(Checker));
        let server = server.unwrap().started().unwrap();
        let one = checked::OneClient::dial(server.path()).await.unwrap();
        let other = checked::OtherClient::new(one.carrier());
        assert_eq!(checked::OneClient::signatures()[0].hash(), None);
        assert_eq!(one.check((Checked(77_777), 1)).await.unwrap(), 77_778);
        assert_eq!(other.check((Checked(77_777), 2)).await.unwrap(), 77_779);
        drop(one);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

/// Versions whose methods differ only in what is not sent.
#[test]
fn v08_names_and_ownership_make_no_difference() {
    let [one, other] = [v1::KvClient::signatures(), v2::KvClient::signatures()];
    assert_eq!(one[2].to_string(), "fn rename(from: str, to: str) -> u32");
    assert_eq!(other[2].to_string(), "fn rename(old: str, new: str) -> u32");
    assert_eq!(one[1].hash(), other[1].hash());
    assert_eq!(one[2].hash(), other[2].hash());
    assert_ne!(one[0].hash(), other[0].hash());
    assert_eq!(other[0].difference(&one[0]).as_deref(), Some(DIFFERENCE));
}

mod restricted {
    #[domainsockets::service(name = "Safe", allow(uid = 4242))]
    pub(super) trait Safe {
        async fn open(&self, code: u32);
    }

    #[domainsockets::service(name = "Safe")]
    pub(super) trait Guess {
        async fn open(&self, code: &str);
    }
}

#[test]
fn v09_signature_is_not_shown_to_denied_callers() {
    struct Safe;
    impl restricted::Safe for Safe {
        async fn open(&self, _code: u32) {}
    }
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("safe")).unwrap();
        let server = server.add_service(restricted::SafeServer::new(Safe));
        let server = server.unwrap().started().unwrap();
        let guess = restricted::GuessClient::dial(server.path()).await.unwrap();
        for _ in 0..2 {
            let refused = error(guess.open("1234").await);
            assert!(
                matches!(refused, Error::PermissionDenied { .. }),
                "{refused}"
            );
        }
        drop(guess);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

mod oneway {
    #[domainsockets::service(name = "Log")]
    pub(super) trait Old {
        #[rpc(oneway)]
        async fn note(&self, line: &str);
        async fn flush(&self);
    }

    #[domainsockets::service(name = "Log")]
    pub(super) trait New {
        #[rpc(oneway)]
        async fn note(&self, line: &str, level: u8);
        async fn flush(&self);
    }
}

impl oneway::New for Store {
    async fn note(&self, _line: &str, _level: u8) {
        self.run();
    }

    async fn flush(&self) {}
}

#[test]
fn v10_mismatching_oneway_call_does_not_run() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let store = Store::default();
        let server = Server::bind(scratch.path("log")).unwrap();
        let server = server.add_service(oneway::NewServer::new(store.clone()));
        let server = server.unwrap().started().unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        let old = oneway::OldClient::new(&client);
        // The reply may or may not have arrived when the first call returns.
        let _ = old.note("a").await;
        // It has arrived when a later call is answered.
        old.flush().await.unwrap();
        let refused = error(old.note("a").await).to_string();
        assert_eq!(
            refused,
            "client and server disagree about Log.note: argument 2: server expects `level: u8`, \
             which this client does not send"
        );
        assert_eq!(store.count(), 0);

        let new = oneway::NewClient::new(&client);
        for _ in 0..3 {
            new.note("a", 1).await.unwrap();
            new.flush().await.unwrap();
        }
        assert_eq!(store.count(), 3);
        drop(client);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}
