//! Which calls are marked as idempotent.

use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use domainsockets::{Bytes, Call, Carrier, Client, Error, Reconnect, Reply, Server, service};
use tests::process::Process;
use tests::scratch::Scratch;
use tests::watchdog;

use crate::macros::recorder::Recorder;

#[service]
trait Kv {
    #[rpc(idempotent)]
    async fn get(&self, key: &str) -> Option<Vec<u8>>;
    #[rpc(idempotent, name = "Put")]
    async fn put(&self, key: &str, value: &[u8]) -> Result<(), String>;
    async fn push(&self, key: &str, value: &[u8]) -> Result<(), String>;
    fn len(&self) -> u64;
}

/// A carrier that answers all calls with a zero, and keeps which of them were marked as idempotent.
#[derive(Default)]
struct Options(Mutex<Vec<(String, bool)>>);

impl Carrier for Options {
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        let mut calls = self.0.lock().unwrap();
        calls.push((call.handler.to_string(), call.is_idempotent()));
        Ok(Bytes::from_static(b"\0").into())
    }
}

#[tokio::test]
async fn idempotent_calls_are_marked() {
    let options = Arc::new(Options::default());
    let kv = KvClient::new(&options);
    kv.get("a").await.unwrap();
    kv.put("a", b"1").await.unwrap();
    kv.push("a", b"1").await.unwrap();
    kv.len().await.unwrap();

    let calls = options.0.lock().unwrap();
    let calls: Vec<_> = calls
        .iter()
        .map(|(handler, idempotent)| (handler.as_str(), *idempotent))
        .collect();
    assert_eq!(
        calls,
        [
            ("Kv.get", true),
            ("Put", true),
            ("Kv.push", false),
            ("Kv.len", false)
        ]
    );
}

#[tokio::test]
async fn carrier_without_options_carries_idempotent_calls() {
    let recorder = Recorder::replying(b"\0");
    let kv = KvClient::new(recorder);
    kv.get("a").await.unwrap();
    let calls = kv.into_inner().into_calls();
    assert_eq!(calls, [("Kv.get".to_owned(), Bytes::from_static(b"\x01a"))]);
}

/// A handler of the peer that never answers, declared as idempotent.
#[service]
trait Patient {
    #[rpc(name = "hang", idempotent)]
    async fn hang(&self) -> u8;
}

/// The same handler, not declared as idempotent.
#[service]
trait Cautious {
    #[rpc(name = "hang")]
    async fn hang(&self) -> u8;
}

/// Answers each call with the number of calls so far.
#[derive(Default)]
struct Successor(AtomicU8);

impl Patient for Successor {
    async fn hang(&self) -> u8 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

#[test]
fn lost_calls_are_repeated_only_if_idempotent() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let peer = Path::new(env!("CARGO_BIN_EXE_conformance-peer"));
        let first = Process::serve(peer, scratch.dir(), "lab");
        let client = Client::builder().reconnect(Reconnect::default());
        let client = client.dial(scratch.path("lab")).await.unwrap();
        let (patient, cautious) = (
            PatientClient::new(client.clone()),
            CautiousClient::new(client.clone()),
        );
        let successor = Arc::new(Successor::default());

        let replace = async {
            // The server has received both requests once it answers a later one.
            client.call("echo", "").await.unwrap();
            first.kill();
            let service = PatientServer::from_arc(Arc::clone(&successor));
            let server = Server::bind(scratch.path("lab")).unwrap();
            server.add_service(service).unwrap().start().unwrap()
        };
        let (repeated, lost, second) = tokio::join!(patient.hang(), cautious.hang(), replace);
        assert_eq!(repeated.unwrap(), 1);
        match lost {
            Err(Error::Disconnected { may_have_run: true }) => {}
            other => panic!("a call that must not run twice: {other:?}"),
        }
        // If both calls had been repeated, this would be the third run.
        assert_eq!(cautious.hang().await.unwrap(), 2);
        drop((patient, cautious, client));
        second.close().await.unwrap();
        scratch.leak_check();
    });
}
