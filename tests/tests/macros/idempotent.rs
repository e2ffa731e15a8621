//! Which calls say that they may run more than once.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::{future, thread};

use domainsockets::wire::Payload;
use domainsockets::{
    Bytes, CallError, CallOptions, Carrier, Client, Error, Reconnect, Server, ServerHandle, service,
};
use tests::guard;
use tests::scratch::Scratch;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

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

/// Answers all calls with a zero, and keeps which of them were said to be idempotent.
#[derive(Default)]
struct Options(Mutex<Vec<(String, bool)>>);

impl Carrier for Options {
    async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
        self.call_parts(handler, data.into(), CallOptions::new())
            .await
    }

    async fn call_parts(
        &self,
        handler: &str,
        _data: Payload,
        options: CallOptions,
    ) -> Result<Bytes, Error> {
        let mut calls = self.0.lock().unwrap();
        calls.push((handler.to_owned(), options.idempotent));
        Ok(Bytes::from_static(b"\0"))
    }
}

#[tokio::test]
async fn idempotent_calls_say_so() {
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

/// Reports each call, and answers only if told to.
struct Store {
    called: UnboundedSender<&'static str>,
    answers: bool,
}

impl Store {
    async fn run(&self, method: &'static str) {
        self.called.send(method).unwrap();
        if !self.answers {
            future::pending::<()>().await;
        }
    }
}

impl Kv for Store {
    async fn get(&self, _key: &str) -> Option<Vec<u8>> {
        self.run("get").await;
        None
    }
    async fn put(&self, _key: &str, _value: &[u8]) -> Result<(), String> {
        self.run("put").await;
        Ok(())
    }
    async fn push(&self, _key: &str, _value: &[u8]) -> Result<(), String> {
        self.run("push").await;
        Ok(())
    }
    fn len(&self) -> u64 {
        0
    }
}

fn serve(path: &Path, called: UnboundedSender<&'static str>, answers: bool) -> ServerHandle {
    let store = Store { called, answers };
    let server = Server::bind(path).unwrap();
    let server = server.add_service(KvServer::new(store)).unwrap();
    server.start().unwrap()
}

#[test]
fn lost_calls_are_repeated_only_if_idempotent() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path("kv");
        let (called, mut calls) = unbounded_channel();
        // The first server has a runtime of its own, with which it ends and says no goodbye.
        let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
        let (at, first) = (path.clone(), called.clone());
        let first = runtime.spawn(async move { serve(&at, first, false) });
        let _first = first.await.unwrap();
        let dialled = Client::builder()
            .reconnect(Reconnect::default())
            .dial(&path);
        let kv = KvClient::new(dialled.await.unwrap());

        let lose = async {
            for _ in 0..3 {
                calls.recv().await.unwrap();
            }
            thread::spawn(move || runtime.shutdown_timeout(guard::LIMIT))
                .join()
                .unwrap();
            serve(&path, called, true)
        };
        let (get, put, push, second) =
            tokio::join!(kv.get("a"), kv.put("a", b"1"), kv.push("a", b"1"), lose);
        assert_eq!(get.unwrap(), None);
        put.unwrap();
        match push {
            Err(CallError::Call(Error::Disconnected { may_have_run: true })) => {}
            other => panic!("a call that must not run twice: {other:?}"),
        }
        let mut again = [calls.recv().await.unwrap(), calls.recv().await.unwrap()];
        again.sort_unstable();
        assert_eq!(again, ["get", "put"]);
        assert!(calls.try_recv().is_err(), "nothing else has run again");
        drop(kv);
        second.close().await;
        scratch.leak_check();
    });
}
