//! A service with a chosen codec: the bytes that it sends, and its errors for data that it cannot read.

use std::borrow::Cow;
use std::path::Path;

use domainsockets::codec::{Bincode, Codec, Json, MessagePack};
use domainsockets::test::{Link, Pair};
use domainsockets::{Bytes, Call, CallError, Carrier, Client, Error, Reply, service};
use serde::{Deserialize, Serialize};

use crate::macros::recorder::Recorder;

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Entry<'a> {
    key: &'a str,
    note: Option<&'a str>,
}

#[service(codec = Json)]
trait Kv {
    async fn get(&self, key: &str) -> Option<Vec<u8>>;
    async fn put(&self, key: &str, value: &[u8], r#type: Option<&str>) -> Result<u8, String>;
    async fn list(
        &self,
        keys: &[&str],
        below: &Path,
        cow: Cow<'_, str>,
        entry: Entry<'_>,
    ) -> String;
    async fn echo(&self, bytes: Bytes, owned: Vec<u8>) -> Bytes;
    fn len(&self) -> u64;
}

#[service(codec = MessagePack)]
trait Packed {
    async fn put(&self, key: &str, value: &[u8], ttl: Option<u32>) -> Result<u8, String>;
    async fn echo(&self, large: Bytes) -> Bytes;
    async fn sizes(&self, some: Option<&[u8]>, many: Vec<&[u8]>, texts: &[&str]) -> Vec<usize>;
    fn len(&self) -> u64;
}

#[service(codec = Bincode, name = "Plain")]
trait Spelt {
    async fn put(&self, key: &str, value: &[u8]) -> Result<u8, String>;
    async fn echo(&self, large: Bytes) -> Bytes;
    fn len(&self) -> u64;
}

#[service]
trait Plain {
    async fn put(&self, key: &str, value: &[u8]) -> Result<u8, String>;
    async fn echo(&self, large: Bytes) -> Bytes;
    fn len(&self) -> u64;
}

struct Store;

impl Kv for Store {
    async fn get(&self, key: &str) -> Option<Vec<u8>> {
        (key == "a\n\"ä\"").then(|| vec![1, 255])
    }

    async fn put(&self, key: &str, value: &[u8], r#type: Option<&str>) -> Result<u8, String> {
        // The borrowed arguments stay valid across an await.
        tokio::task::yield_now().await;
        match r#type {
            Some(kind) => Err(format!("{key} is no {kind}")),
            None => Ok(value.iter().sum()),
        }
    }

    async fn list(
        &self,
        keys: &[&str],
        below: &Path,
        cow: Cow<'_, str>,
        entry: Entry<'_>,
    ) -> String {
        format!("{keys:?} {} {cow} {entry:?}", below.display())
    }

    async fn echo(&self, bytes: Bytes, owned: Vec<u8>) -> Bytes {
        [&bytes[..], &owned].concat().into()
    }

    fn len(&self) -> u64 {
        7
    }
}

impl Packed for Store {
    async fn put(&self, key: &str, value: &[u8], ttl: Option<u32>) -> Result<u8, String> {
        match ttl {
            Some(ttl) => Err(format!("{key} for {ttl}")),
            None => Ok(value.iter().sum()),
        }
    }

    async fn echo(&self, large: Bytes) -> Bytes {
        large
    }

    async fn sizes(&self, some: Option<&[u8]>, many: Vec<&[u8]>, texts: &[&str]) -> Vec<usize> {
        let many = many.iter().map(|bytes| bytes.len());
        let texts = texts.iter().map(|text| text.len());
        some.map(<[u8]>::len)
            .into_iter()
            .chain(many)
            .chain(texts)
            .collect()
    }

    fn len(&self) -> u64 {
        7
    }
}

impl Spelt for Store {
    async fn put(&self, key: &str, value: &[u8]) -> Result<u8, String> {
        Packed::put(self, key, value, None).await
    }

    async fn echo(&self, large: Bytes) -> Bytes {
        large
    }

    fn len(&self) -> u64 {
        7
    }
}

impl Plain for Store {
    async fn put(&self, key: &str, value: &[u8]) -> Result<u8, String> {
        Packed::put(self, key, value, None).await
    }

    async fn echo(&self, large: Bytes) -> Bytes {
        large
    }

    fn len(&self) -> u64 {
        7
    }
}

#[tokio::test]
async fn json_arguments_are_sent_by_name() {
    let kv = KvClient::new(Recorder::replying(b" [ 1, 255 ] "));
    assert_eq!(kv.get("a\"").await.unwrap(), Some(vec![1, 255]));
    check_calls(kv.into_inner(), &[("Kv.get", br#"{"key":"a\""}"#)]);

    let kv = KvClient::new(Recorder::replying(br#"{"Ok": 3}"#));
    assert_eq!(kv.put("k", &[1, 2], None).await.unwrap(), 3);
    assert_eq!(kv.put("k", &[], Some("t")).await.unwrap(), 3);
    let calls: [(&str, &[u8]); 2] = [
        ("Kv.put", br#"{"key":"k","value":[1,2],"type":null}"#),
        ("Kv.put", br#"{"key":"k","value":[],"type":"t"}"#),
    ];
    check_calls(kv.into_inner(), &calls);

    let kv = KvClient::new(Recorder::replying(b"7"));
    assert_eq!(kv.len().await.unwrap(), 7);
    check_calls(kv.into_inner(), &[("Kv.len", b"{}")]);

    let kv = KvClient::new(Recorder::replying(br#"{"Err":"full"}"#));
    let full = kv.put("k", &[], None).await;
    assert!(matches!(full, Err(CallError::Method(error)) if error == "full"));
    let kv = KvClient::new(Recorder::replying(b"8 8"));
    let wrong = kv.len().await;
    assert!(matches!(wrong, Err(Error::Codec(text)) if text.starts_with("result: trailing")));
}

#[tokio::test]
async fn renamed_arguments_are_sent_by_their_new_names() {
    #[service(codec = Json)]
    trait Users {
        async fn find(&self, #[rpc(rename = "userId")] user_id: u32, name: &str) -> String;
    }
    struct One;
    impl Users for One {
        async fn find(&self, user_id: u32, name: &str) -> String {
            format!("{name} {user_id}")
        }
    }
    let users = UsersClient::new(Recorder::replying(b"\"\""));
    users.find(7, "a").await.unwrap();
    check_calls(
        users.into_inner(),
        &[("Users.find", br#"{"userId":7,"name":"a"}"#)],
    );

    let (client, _link) = Pair::new()
        .add_service(UsersServer::new(One))
        .unwrap()
        .start();
    let found = client.call("Users.find", r#"{"name": "a", "userId": 7}"#);
    assert_eq!(found.await.unwrap(), r#""a 7""#);
    let found = client.call("Users.find", r#"{"name": "a", "user_id": 7}"#);
    found.await.unwrap_err();
    // The signature contains the new name as well.
    let signatures = format!("{:?}", UsersClient::signatures());
    assert!(signatures.contains("userId") && !signatures.contains("user_id"));
    assert_eq!(UsersClient::new(client).find(8, "b").await.unwrap(), "b 8");
}

#[tokio::test]
async fn messagepack_arguments_are_sent_by_name() {
    let packed = PackedClient::new(Recorder::replying(b"\x81\xa2Ok\x03"));
    assert_eq!(packed.put("k", &[1, 2], Some(7)).await.unwrap(), 3);
    let data = b"\x83\xa3key\xa1k\xa5value\xc4\x02\x01\x02\xa3ttl\x07";
    check_calls(packed.into_inner(), &[("Packed.put", data)]);

    let packed = PackedClient::new(Recorder::replying(b"\x07"));
    assert_eq!(packed.len().await.unwrap(), 7);
    check_calls(packed.into_inner(), &[("Packed.len", b"\x80")]);
}

#[tokio::test]
async fn bincode_that_is_named_is_the_default() {
    let (spelt, plain) = (
        SpeltClient::new(Recorder::replying(b"\x00\x03")),
        PlainClient::new(Recorder::replying(b"\x00\x03")),
    );
    assert_eq!(spelt.put("k", &[1, 2]).await.unwrap(), 3);
    assert_eq!(plain.put("k", &[1, 2]).await.unwrap(), 3);
    let calls = plain.into_inner().into_calls();
    assert_eq!(spelt.into_inner().into_calls(), calls);

    let (client, _link) = Pair::new()
        .add_service(SpeltServer::new(Store))
        .unwrap()
        .start();
    let (spelt, plain) = (SpeltClient::new(client.clone()), PlainClient::new(client));
    assert_eq!(plain.put("k", &[1, 2]).await.unwrap(), 3);
    assert_eq!(spelt.len().await.unwrap(), plain.len().await.unwrap());
    let large = Bytes::from(vec![7; 100_000]);
    assert_eq!(spelt.echo(large.clone()).await.unwrap(), large);
    assert_eq!(plain.echo(large.clone()).await.unwrap(), large);
}

#[tokio::test]
async fn bincode_that_is_named_costs_what_the_default_does() {
    let (spelt, _spelt_link) = Pair::new()
        .add_service(SpeltServer::new(Store))
        .unwrap()
        .start();
    let (plain, _plain_link) = Pair::new()
        .add_service(PlainServer::new(Store))
        .unwrap()
        .start();
    // Both decode alike, so their errors have the same text.
    for data in [&b""[..], b"\x05", b"\x01k\x01", b"\x01k\x01\x07\x00"] {
        let [spelt, plain] = [&spelt, &plain].map(|client| client.call("Plain.put", data.to_vec()));
        let (spelt, plain) = (spelt.await.unwrap_err(), plain.await.unwrap_err());
        assert_eq!(spelt.to_string(), plain.to_string());
    }

    // Both borrow trailing bytes, and their calls' futures have the same size.
    let (spelt, plain) = (SpeltClient::new(Borrows), PlainClient::new(Borrows));
    let (of_spelt, of_plain) = (spelt.put("k", &[7; 9]), plain.put("k", &[7; 9]));
    assert_eq!(size_of_val(&of_spelt), size_of_val(&of_plain));
    assert_eq!((of_spelt.await.unwrap(), of_plain.await.unwrap()), (1, 1));
}

/// A carrier that replies whether the data of the call borrow from its arguments.
struct Borrows;

impl Carrier for Borrows {
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        let borrows = format!("{:?}", call.data).contains("Borrowed(");
        Ok(Bytes::from(vec![0, borrows.into()]).into())
    }
}

#[tokio::test]
async fn json_is_called_without_a_stub() {
    let (client, _link) = store();
    for (handler, request, reply) in [
        ("Kv.get", r#"{"key": "a\n\"\u00e4\""}"#, "[1,255]"),
        ("Kv.get", r#"["b"]"#, "null"),
        ("Kv.put", r#"{"value": [1, 2], "key": "k"}"#, r#"{"Ok":3}"#),
        (
            "Kv.put",
            r#"{"value": "\u0001\u0002", "key": "k", "type": null}"#,
            r#"{"Ok":3}"#,
        ),
        ("Kv.put", r#"["k", [1, 2]]"#, r#"{"Ok":3}"#),
        (
            "Kv.put",
            r#"["\"k\"", [], "\tt"]"#,
            r#"{"Err":"\"k\" is no \tt"}"#,
        ),
        ("Kv.echo", r#"{"bytes": [1], "owned": [2, 3]}"#, "[1,2,3]"),
        ("Kv.len", "{}", "7"),
        ("Kv.len", "[]", "7"),
        ("Kv.len", "", "7"),
    ] {
        let said = client.call(handler, request).await;
        assert_eq!(said.unwrap(), reply, "{handler} {request}");
    }
}

#[tokio::test]
async fn text_with_escapes_can_be_borrowed() {
    let (client, _link) = store();
    let kv = KvClient::new(client);
    let (key, note) = ("a\\b", Some("\u{1}"));
    let listed = kv
        .list(
            &["a", "b\n", "\"\"", ""],
            Path::new("x\ty"),
            "c\r".into(),
            Entry { key, note },
        )
        .await
        .unwrap();
    let expected = r#"["a", "b\n", "\"\"", ""] x	y c"#;
    assert!(listed.starts_with(expected), "{listed}");
    let expected = r#"Entry { key: "a\\b", note: Some("\u{1}") }"#;
    assert!(listed.ends_with(expected), "{listed}");

    // So many errors that keeping them all would take long or overflow the stack.
    let texts = vec!["\n"; 100_000];
    let listed = kv.list(&texts, Path::new(""), "".into(), Entry { key, note: None });
    assert!(listed.await.unwrap().len() > 4 * texts.len());
}

#[tokio::test]
async fn errors_name_what_cannot_be_read() {
    let (client, _link) = store();
    for (handler, request, reason) in [
        (
            "Kv.put",
            r#"{"key": 7}"#,
            "`key`: invalid type: integer `7`",
        ),
        (
            "Kv.put",
            r#"{"key": "k", "value": [256]}"#,
            "`value`: invalid value: integer `256`",
        ),
        ("Kv.put", r#"["k", {}]"#, "`value`: invalid type: map"),
        ("Kv.put", r#"{"value": []}"#, "`key` is missing"),
        ("Kv.put", "", "`key` is missing"),
        ("Kv.put", "[]", "`key` is missing"),
        (
            "Kv.put",
            r#"{"kee": 1}"#,
            "there is no \"kee\", there are `key`, `value`, `type`",
        ),
        (
            "Kv.put",
            r#"{"key": "", "key": ""}"#,
            "`key` is given twice",
        ),
        ("Kv.put", r#"["k", [], null, 1]"#, "there are more than 3"),
        (
            "Kv.put",
            "7",
            "invalid type: integer `7`, expected the arguments (key, value, type)",
        ),
        ("Kv.len", r#"{"x": 1}"#, "there is no \"x\", nor any other"),
        ("Kv.len", "{} {}", "trailing characters"),
        (
            "Kv.get",
            r#"{"key": "a"#,
            "`key`: EOF while parsing a string",
        ),
        (
            "Packed.put",
            "\u{1}",
            "invalid type: integer `1`, expected the arguments (key, value, ttl)",
        ),
    ] {
        let refused = client.call(handler, request).await;
        let expected = format!("arguments: {reason}");
        assert!(
            matches!(&refused, Err(Error::Codec(text)) if text.starts_with(&expected)),
            "{handler} {request}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn hostile_nesting_is_refused() {
    let (client, _link) = store();
    let depth = 500_000;
    for data in [
        "[".repeat(depth),
        [r#"{"key":"#, &"[".repeat(depth)].concat(),
        r#"{"key":"#.repeat(depth),
        [r#"["k", "#, &r#"{"":"#.repeat(depth)].concat(),
    ] {
        let refused = client.call("Kv.put", data).await;
        assert!(matches!(refused, Err(Error::Codec(_))), "{refused:?}");
    }
    let data = [b"\x92\xa1k".to_vec(), vec![0x91; depth]].concat();
    let refused = client.call("Packed.put", data).await;
    assert!(matches!(refused, Err(Error::Codec(_))), "{refused:?}");
    assert_eq!(client.call("Kv.len", "").await.unwrap(), "7");
}

#[tokio::test]
async fn large_bytes_in_messagepack_are_carried() {
    let large = Bytes::from(vec![7; 300_000]);
    let (client, _link) = store();
    let packed = PackedClient::new(client);
    assert_eq!(packed.echo(large.clone()).await.unwrap(), large);

    let mut reply = Vec::new();
    let bytes: &'static [u8] = large.to_vec().leak();
    MessagePack::encode(&SerializeBytes(bytes), &mut reply).unwrap();
    let packed = PackedClient::new(Recorder::replying(reply.leak()));
    assert_eq!(packed.echo(large.clone()).await.unwrap(), large);
}

#[tokio::test]
async fn bytes_can_be_borrowed_at_every_depth() {
    let (client, _link) = store();
    let packed = PackedClient::new(client.clone());
    let sizes = packed.sizes(Some(b"abc"), vec![b"", b"\xff\x00"], &["x", "\u{e4}"]);
    assert_eq!(sizes.await.unwrap(), [3, 0, 2, 1, 2]);
    // As other implementations encode them: numbers or bytes.
    let data = b"\x93\xc4\x01\xff\x92\xc4\x00\x92\x01\xcc\xff\x90".to_vec();
    let sizes = client.call("Packed.sizes", data).await.unwrap();
    assert_eq!(sizes, b"\x93\x01\x00\x02"[..]);
}

/// Serializes as serde's bytes.
struct SerializeBytes(&'static [u8]);

impl Serialize for SerializeBytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Returns a client of both services of the store.
fn store() -> (Client, Link) {
    Pair::new()
        .add_service(KvServer::new(Store))
        .unwrap()
        .add_service(PackedServer::new(Store))
        .unwrap()
        .start()
}

/// Checks which handlers were called with which requests.
fn check_calls(recorder: Recorder, expected: &[(&str, &[u8])]) {
    let calls = recorder.into_calls();
    let calls: Vec<_> = calls
        .iter()
        .map(|(handler, data)| (handler.as_str(), data.escape_ascii().to_string()))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(handler, data)| (*handler, data.escape_ascii().to_string()))
        .collect();
    assert_eq!(calls, expected);
}
