//! The blocking stub: its carriers, and the requests that it sends.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domainsockets::blocking::{self, Carrier, Client, Layer, Reply};
use domainsockets::{Bytes, Call, CallError, CallOptions, Context, Error, With, service};

#[service]
trait Kv {
    const LIMIT: usize = 3;
    async fn get(&self, key: &str) -> Option<Vec<u8>>;
    fn put(&self, ctx: &Context, key: &str, value: &[u8]) -> Result<usize, String>;
    #[rpc(oneway)]
    async fn touch(&self, key: &str);
    #[rpc(raw)]
    fn raw(&self, data: Bytes) -> Vec<u8>;
    #[rpc(deadline = "1h")]
    fn told(&self, ctx: &Context) -> Vec<String>;
}

struct Store;

impl Kv for Store {
    async fn get(&self, key: &str) -> Option<Vec<u8>> {
        (!key.is_empty()).then(|| key.as_bytes().to_vec())
    }
    fn put(&self, _ctx: &Context, key: &str, value: &[u8]) -> Result<usize, String> {
        if value.len() > Self::LIMIT {
            return Err(format!("{key} is too long"));
        }
        Ok(value.len())
    }
    async fn touch(&self, _key: &str) {}
    fn raw(&self, data: Bytes) -> Vec<u8> {
        data.to_vec()
    }
    fn told(&self, ctx: &Context) -> Vec<String> {
        let entries = ctx.metadata_entries();
        let entries =
            entries.map(|(key, value)| format!("{key}={}", String::from_utf8_lossy(value)));
        entries.collect()
    }
}

/// A carrier that keeps the handlers that are called, and the data of the calls.
#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<(String, Bytes)>>);

impl Carrier for &Recorder {
    fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push((call.handler.to_string(), call.data.to_bytes()));
        Ok(Bytes::from_static(b"\0\x02").into())
    }
}

#[test]
fn blocking_stub_sends_what_the_asynchronous_stub_sends() {
    let recorder = Recorder::default();
    let kv = KvBlockingClient::new(&recorder);
    assert_eq!(kv.put("a", b"bc").unwrap(), 2);
    kv.touch("a").unwrap();
    assert_eq!(kv.raw(Bytes::from_static(b"xy")).unwrap(), b"\0\x02");
    let calls = kv.into_inner().0.lock().unwrap();
    let calls: Vec<_> = calls
        .iter()
        .map(|(handler, data)| (handler.as_str(), &data[..]))
        .collect();
    let expected: [(&str, &[u8]); 3] = [
        ("Kv.put", b"\x01a\x02bc"),
        ("Kv.touch", b"\x01a"),
        ("Kv.raw", b"xy"),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn blocking_stub_calls_a_service_in_the_same_process() {
    let kv = KvBlockingClient::local(Store).unwrap();
    assert_eq!(kv.get("a").unwrap(), Some(b"a".to_vec()));
    assert_eq!(kv.get("").unwrap(), None);
    assert_eq!(kv.put("a", b"bc").unwrap(), 2);
    match kv.put("a", b"bcde") {
        Err(CallError::Method(error)) => assert_eq!(error, "a is too long"),
        other => panic!("not the method's own error: {other:?}"),
    }
    assert_eq!(kv.raw(Bytes::from_static(b"xy")).unwrap(), b"xy");
}

#[test]
fn options_and_layers_apply_to_a_blocking_stub() {
    struct Marked;

    impl Layer for Marked {
        fn execute(&self, mut call: Call<'_>, next: &dyn Carrier) -> Result<Reply, Error> {
            call.options = call.options.with_metadata("layer", "1");
            next.execute(call)
        }
    }

    /// An owned stub can be stored.
    struct App {
        kv: KvBlockingClient<With<blocking::Local>>,
    }

    // A deadline needs a runtime's timer.
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(1).enable_time().build().unwrap();
    let _guard = runtime.enter();
    let kv = KvBlockingClient::local(Store).unwrap();
    let options = CallOptions::new()
        .with_deadline(Duration::from_secs(60))
        .with_metadata("who", "Ada");
    let app = App {
        kv: kv.with(options),
    };
    assert_eq!(app.kv.told().unwrap(), ["who=Ada"]);
    assert_eq!(kv.told().unwrap(), [""; 0]);
    let layered = KvBlockingClient::new(app.kv.into_inner().layered(Marked));
    let mut told = layered.told().unwrap();
    told.sort();
    assert_eq!(told, ["layer=1", "who=Ada"]);
}

#[test]
fn both_stubs_have_the_constants_of_the_service() {
    assert_eq!(KvBlockingClient::HANDLERS, KvClient::HANDLERS);
    assert_eq!(KvBlockingClient::<Client>::PUT, "Kv.put");
    assert_eq!(
        format!("{:?}", KvBlockingClient::signatures()),
        format!("{:?}", KvClient::signatures()),
    );
    // `raw` has no signature.
    assert_eq!(KvClient::signatures().len(), 4);
}

#[tokio::test]
async fn boxed_stubs_have_one_type_for_every_carrier() {
    let local = KvClient::local(Store).unwrap().boxed();
    let with_options = KvClient::local(Store)
        .unwrap()
        .with(CallOptions::new().with_metadata("who", "Ada"))
        .boxed();
    let mut told = Vec::new();
    for kv in [local, with_options] {
        told.push(kv.clone().told().await.unwrap());
    }
    assert_eq!(told, [vec![], vec!["who=Ada".to_owned()]]);
}
