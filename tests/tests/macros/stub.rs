//! The requests that the stub sends, and the values that it returns for replies.

use domainsockets::test::Pair;
use domainsockets::{CallError, service};
use serde::{Deserialize, Serialize};

use crate::macros::recorder::Recorder;

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Entry {
    key: String,
    value: u8,
}

#[service]
trait Kv {
    async fn get(&self, key: &str) -> Option<Vec<u8>>;
    async fn put(&self, key: &str, value: &[u8]) -> Result<u8, String>;
    async fn put_entry(&self, entry: &Entry, tags: &[&str], note: Option<&str>);
    fn len(&self) -> u64;
    #[rpc(name = "HelloWorld")]
    fn hello(&self, times: u8) -> String;
}

#[tokio::test]
async fn request_is_the_tuple_of_arguments() {
    let entry = Entry {
        key: "k".to_owned(),
        value: 7,
    };

    let kv = KvClient::new(Recorder::replying(b"\x00"));
    kv.get("a").await.unwrap();
    kv.len().await.unwrap();
    check_calls(kv.into_inner(), &[("Kv.get", b"\x01a"), ("Kv.len", b"")]);

    let kv = KvClient::new(Recorder::replying(b""));
    kv.put_entry(&entry, &["x", "yz"], None).await.unwrap();
    check_calls(
        kv.into_inner(),
        &[("Kv.put_entry", b"\x01k\x07\x02\x01x\x02yz\x00")],
    );
}

#[tokio::test]
async fn last_bytes_follow_the_other_arguments_without_a_copy() {
    for len in [0, 2, 250, 251, 65_535, 65_536] {
        let value = &vec![8; len][..];
        let kv = KvClient::new(Recorder::replying(b"\x00\x07"));
        assert_eq!(kv.put("a", value).await.unwrap(), 7);
        let len: Vec<u8> = match value.len() {
            len @ ..=250 => vec![u8::try_from(len).unwrap()],
            len @ ..=65535 => {
                let [low, high] = u16::try_from(len).unwrap().to_le_bytes();
                vec![251, low, high]
            }
            len => [&[252][..], &u32::try_from(len).unwrap().to_le_bytes()].concat(),
        };
        let data = [b"\x01a", &len[..], value].concat();
        check_calls(kv.into_inner(), &[("Kv.put", &data)]);
    }
}

/// Has names that are as similar as possible.
#[service]
trait Near {
    async fn get(&self) -> u8;
    async fn __get(&self) -> u8;
    async fn method_get(&self) -> u8;
}

#[tokio::test]
async fn similar_names_are_distinguished() {
    let near = NearClient::new(Recorder::replying(b"\x01"));
    near.get().await.unwrap();
    near.__get().await.unwrap();
    near.method_get().await.unwrap();
    let expected: [(&str, &[u8]); 3] = [
        ("Near.get", b""),
        ("Near.__get", b""),
        ("Near.method_get", b""),
    ];
    check_calls(near.into_inner(), &expected);
    assert_eq!(NearClient::__GET, "Near.__get");
}

#[tokio::test]
async fn handler_name_can_be_another_servers() {
    let kv = KvClient::new(Recorder::replying(b"\x02hi"));
    assert_eq!(kv.hello(3).await.unwrap(), "hi");

    check_calls(kv.into_inner(), &[("HelloWorld", b"\x03")]);
    assert_eq!(KvClient::HELLO, "HelloWorld");
}

#[tokio::test]
async fn reply_of_a_plain_method_is_its_value() {
    let kv = KvClient::new(Recorder::replying(b"\x01\x02ab"));
    assert_eq!(kv.get("a").await.unwrap(), Some(b"ab".to_vec()));
}

#[tokio::test]
async fn reply_of_a_fallible_method_is_a_result() {
    let kv = KvClient::new(Recorder::replying(b"\x00\x07"));
    assert_eq!(kv.put("a", b"1").await.unwrap(), 7);

    let kv = KvClient::new(Recorder::replying(b"\x01\x04full"));
    match kv.put("a", b"1").await {
        Err(CallError::Method(error)) => assert_eq!(error, "full"),
        other => panic!("not the method's own error: {other:?}"),
    }

    let kv = KvClient::new(Recorder::replying(b"\x07"));
    assert!(matches!(kv.put("a", b"1").await, Err(CallError::Call(_))));
}

#[test]
fn handlers_are_listed_in_the_order_of_the_methods() {
    assert_eq!(
        KvClient::HANDLERS,
        ["Kv.get", "Kv.put", "Kv.put_entry", "Kv.len", "HelloWorld"]
    );
}

#[tokio::test]
async fn futures_of_a_stub_can_be_spawned() {
    let kv = KvClient::new(std::sync::Arc::new(Recorder::replying(b"\x05")));
    let spawned = kv.clone();
    let len = tokio::spawn(async move { spawned.len().await });
    assert_eq!(len.await.unwrap().unwrap(), 5);
    assert!(format!("{kv:?}").starts_with("KvClient"));
}

/// A future is moved to where it is awaited, and into each task that is spawned for it. A future that
/// contains another one, or its own arguments twice, takes several KiB.
#[tokio::test]
async fn futures_of_calls_are_small() {
    let (client, _link) = Pair::new().start();
    let raw = size_of_val(&client.call("Kv.get", "a"));
    assert!(raw <= 640, "a raw call takes {raw} bytes");
    let kv = KvClient::new(client);
    let plain = size_of_val(&kv.get("a"));
    assert!(plain <= 768, "a call takes {plain} bytes");
    let fallible = size_of_val(&kv.put("a", b"b"));
    assert!(
        fallible <= 768,
        "a call that may fail takes {fallible} bytes"
    );
}

/// Checks which handlers were called with which requests.
fn check_calls(recorder: Recorder, expected: &[(&str, &[u8])]) {
    let calls = recorder.into_calls();
    let calls: Vec<_> = calls
        .iter()
        .map(|(handler, data)| (handler.as_str(), &data[..]))
        .collect();
    assert_eq!(calls, expected);
}
