//! Services with custom codecs, called by clients that do not have the trait.

use domainsockets::codec::{Json, MessagePack};
use domainsockets::{CallError, Client, Error, Server, ServerHandle, service};
use serde::{Deserialize, Serialize};
use tests::gopeer::{GoClient, GoError};
use tests::handshake::StartServer;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::watchdog;

use crate::support::SOON;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Item {
    name: String,
    size: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Refusal {
    Empty,
    TooLong { len: usize },
}

#[service(codec = Json)]
trait Shelf {
    async fn put(&self, item: &Item, at: &str) -> Result<String, Refusal>;
    async fn find(&self, text: &str, tags: Option<Vec<&str>>) -> Vec<Item>;
    fn size(&self, bytes: &[u8]) -> usize;
}

#[service(codec = MessagePack)]
trait Drawer {
    async fn put(&self, item: &Item, at: &str) -> Result<String, Refusal>;
    fn size(&self, bytes: &[u8]) -> usize;
}

#[service]
trait Plain {
    fn size(&self, bytes: &[u8]) -> usize;
}

struct Store;

impl Shelf for Store {
    async fn put(&self, item: &Item, at: &str) -> Result<String, Refusal> {
        match item.name.len() {
            0 => Err(Refusal::Empty),
            len @ 100.. => Err(Refusal::TooLong { len }),
            _ => Ok(format!("{} {:?} at {at}", item.name, item.size)),
        }
    }

    async fn find(&self, text: &str, tags: Option<Vec<&str>>) -> Vec<Item> {
        let names = tags.unwrap_or_default().into_iter();
        let item = |name: &str| Item {
            name: format!("{text}{name}"),
            size: None,
        };
        names.map(item).collect()
    }

    fn size(&self, bytes: &[u8]) -> usize {
        bytes.len()
    }
}

impl Drawer for Store {
    async fn put(&self, item: &Item, at: &str) -> Result<String, Refusal> {
        Shelf::put(self, item, at).await
    }

    fn size(&self, bytes: &[u8]) -> usize {
        bytes.len()
    }
}

impl Plain for Store {
    fn size(&self, bytes: &[u8]) -> usize {
        bytes.len()
    }
}

/// Starts a server of all these services.
fn start(scratch: &Scratch) -> ServerHandle {
    Server::bind(scratch.path("server"))
        .unwrap()
        .add_service(ShelfServer::new(Store))
        .unwrap()
        .add_service(DrawerServer::new(Store))
        .unwrap()
        .add_service(PlainServer::new(Store))
        .unwrap()
        .started()
        .unwrap()
}

#[test]
fn services_of_different_codecs_share_a_server() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = start(&scratch);
        let client = Client::dial(server.path()).await.unwrap();
        let shelf = ShelfClient::new(client.clone());
        let drawer = DrawerClient::new(client.clone());
        let plain = PlainClient::new(client.clone());

        let mut item = Item {
            name: "π \"\\\n".to_owned(),
            size: Some(u64::MAX),
        };
        let expected = format!("{} {:?} at \t", item.name, item.size);
        assert_eq!(shelf.put(&item, "\t").await.unwrap(), expected);
        assert_eq!(drawer.put(&item, "\t").await.unwrap(), expected);
        item.name = "x".repeat(100);
        for refused in [shelf.put(&item, "").await, drawer.put(&item, "").await] {
            let refused = refused.unwrap_err();
            assert!(
                matches!(refused, CallError::Method(Refusal::TooLong { len: 100 })),
                "{refused:?}"
            );
        }
        let found = shelf.find("a", Some(vec!["\n", ""])).await.unwrap();
        assert_eq!((found[0].name.as_str(), found.len()), ("a\n", 2));

        let bytes = vec![255; 300_000];
        assert_eq!(shelf.size(&bytes).await.unwrap(), bytes.len());
        assert_eq!(drawer.size(&bytes).await.unwrap(), bytes.len());
        assert_eq!(plain.size(&bytes).await.unwrap(), bytes.len());

        // Data of one codec are refused by another.
        let wrong = client.call(ShelfClient::SIZE, "\u{1}a").await.unwrap_err();
        assert!(matches!(wrong, Error::Codec(_)), "{wrong:?}");
        drop((shelf, drawer, plain, client));
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn json_services_are_called_raw_and_from_go() {
    let calls = [
        (
            "Shelf.put",
            r#"{"at": "top", "item": {"name": "a\"b", "size": 7}}"#,
            r#"{"Ok":"a\"b Some(7) at top"}"#,
        ),
        (
            "Shelf.put",
            r#"[{"name": "", "other": []}, "top"]"#,
            r#"{"Err":"Empty"}"#,
        ),
        (
            "Shelf.find",
            r#"{"text": "x", "tags": ["\u0079"]}"#,
            r#"[{"name":"xy","size":null}]"#,
        ),
        ("Shelf.find", r#"{"text": "x"}"#, "[]"),
        ("Shelf.size", r#"{"bytes": [0, 255]}"#, "2"),
    ];
    watchdog::run(move || async move {
        let scratch = Scratch::new();
        let server = start(&scratch);
        let client = Client::dial(server.path()).await.unwrap();
        let mut raw = RawClient::connect(server.path());
        let go = GoClient::dial(server.path()).unwrap();
        for (id, (handler, request, reply)) in (0..).zip(calls) {
            assert_eq!(client.call(handler, request).await.unwrap(), reply);
            assert_eq!(raw.call(id, handler, request.as_bytes()).text(), reply);
            let said = go.call(handler, request.as_bytes(), SOON).unwrap();
            assert_eq!(said, reply.as_bytes());
        }

        // A value that does not fit is an error of the call, with the codec's text.
        let request = r#"{"text": "x", "tag": 1}"#;
        let reason = "arguments: there is no \"tag\", there are `text`, `tags`";
        let wrong = client.call("Shelf.find", request).await;
        assert!(
            matches!(&wrong, Err(Error::Codec(text)) if text.starts_with(reason)),
            "{wrong:?}"
        );
        let wrong = go.call("Shelf.find", request.as_bytes(), SOON);
        let reason = format!("handler(Shelf.find) error: {reason}");
        assert!(
            matches!(&wrong, Err(GoError::Reply(text)) if text.starts_with(&reason)),
            "{wrong:?}"
        );
        go.close_and_clean();
        drop((client, raw));
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn hostile_json_and_messagepack_are_refused() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = start(&scratch);
        let client = Client::dial(server.path()).await.unwrap();
        let deep = 1_000_000;
        for (handler, data) in [
            ("Shelf.put", b"[".repeat(deep)),
            (
                "Shelf.put",
                [br#"{"item":"#, &b"[".repeat(deep)[..]].concat(),
            ),
            ("Shelf.put", br#"{"item":"#.repeat(deep / 10)),
            ("Shelf.put", [br#"[{"x":"#, &b"[".repeat(deep)[..]].concat()),
            ("Drawer.put", b"\x91".repeat(deep)),
            ("Drawer.put", b"\x81\xa4item".repeat(deep / 10)),
            // Unknown fields are skipped, however deep they nest.
            (
                "Drawer.put",
                [b"\x92\x81\xa1x", &b"\x91".repeat(deep)[..]].concat(),
            ),
            // Arrays, maps, texts and byte strings that claim 2^32 - 1 elements.
            ("Drawer.put", b"\xdd\xff\xff\xff\xff".to_vec()),
            ("Drawer.put", b"\xdf\xff\xff\xff\xff".to_vec()),
            ("Drawer.put", b"\x92\x92\xdb\xff\xff\xff\xffx".to_vec()),
            ("Drawer.size", b"\x91\xc6\xff\xff\xff\xffx".to_vec()),
        ] {
            let refused = client.call(handler, data).await;
            assert!(matches!(refused, Err(Error::Codec(_))), "{refused:?}");
        }
        assert_eq!(client.call("Shelf.size", "[[]]").await.unwrap(), "0");
        drop(client);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}
