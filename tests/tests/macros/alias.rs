//! Methods with several handler names.

use domainsockets::{Client, Context, Error, ServeError, Server, service};
use tests::scratch::Scratch;
use tests::watchdog;

#[service(allow(uid = 4_000_000_000))]
trait Store {
    #[rpc(alias = "Kv.get", allow(anyone))]
    async fn get(&self, ctx: &Context, key: u8) -> String;
    #[rpc(name = "Put", alias("Kv.put", "Kv.set"))]
    async fn put(&self, key: u8);
    #[cfg(not(unix))]
    #[rpc(alias = "Kv.gone")]
    fn gone(&self);
}

struct Shelf;

impl Store for Shelf {
    async fn get(&self, ctx: &Context, key: u8) -> String {
        format!("{} {key}", ctx.handler())
    }
    async fn put(&self, _key: u8) {
        unreachable!("no user of this test may call this")
    }
}

#[service(name = "Kv")]
trait Old {
    fn set(&self) -> u8;
}

impl Old for Shelf {
    fn set(&self) -> u8 {
        1
    }
}

#[test]
fn method_is_reached_by_each_of_its_names() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("store"))
            .unwrap()
            .add_service(StoreServer::new(Shelf))
            .unwrap()
            .start()
            .unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        for name in ["Store.get", "Kv.get"] {
            let reply = client.call(name, &b"\x07"[..]).await.unwrap();
            assert_eq!(&reply[1..], format!("{name} 7").as_bytes());
        }
        // The access rule applies to every name.
        for name in ["Put", "Kv.put", "Kv.set"] {
            match client.call(name, &b"\x07"[..]).await {
                Err(Error::PermissionDenied { handler }) => assert_eq!(handler, name),
                other => panic!("{name} let the caller in: {other:?}"),
            }
        }
        match client.call("Kv.gone", "").await {
            Err(Error::UnknownHandler { .. }) => {}
            other => panic!("an unknown alias was called: {other:?}"),
        }
        drop(client);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn aliases_are_not_listed() {
    assert_eq!(StoreClient::HANDLERS, ["Store.get", "Put"]);
}

#[test]
fn a_service_whose_alias_is_taken_cannot_be_served() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let added = Server::bind(scratch.path("store"))
            .unwrap()
            .add_service(OldServer::new(Shelf))
            .unwrap()
            .add_service(StoreServer::new(Shelf));
        match added {
            Err(ServeError::DuplicateHandler { handler }) => assert_eq!(handler, "Kv.set"),
            other => panic!("one name for two methods: {other:?}"),
        }
        scratch.leak_check();
    });
}
