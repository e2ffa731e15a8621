//! The message limit bounds the user's payload. What a codec adds does not count.

use domainsockets::codec::MessagePack;
use domainsockets::{Bytes, Client, Error, Server, service};
use tests::handshake::StartServer;
use tests::scratch::Scratch;
use tests::watchdog;

/// The bytes that lengths and names may add to a message of the largest size.
const ALLOWANCE: usize = 64 << 10;

#[service]
trait Store {
    async fn echo(&self, key: &str, value: &[u8]) -> Result<Vec<u8>, String>;
    async fn share(&self, value: Bytes) -> Bytes;
    async fn texts(&self, texts: Vec<String>) -> Vec<String>;
}

#[service(codec = MessagePack)]
trait Packed {
    async fn echo(&self, key: &str, value: &[u8]) -> Vec<u8>;
}

struct Own;

impl Store for Own {
    async fn echo(&self, _key: &str, value: &[u8]) -> Result<Vec<u8>, String> {
        Ok(value.to_vec())
    }

    async fn share(&self, value: Bytes) -> Bytes {
        value
    }

    async fn texts(&self, texts: Vec<String>) -> Vec<String> {
        texts
    }
}

impl Packed for Own {
    async fn echo(&self, _key: &str, value: &[u8]) -> Vec<u8> {
        value.to_vec()
    }
}

fn check(limit: usize) {
    watchdog::run(move || async move {
        let scratch = Scratch::new();
        let server = Server::builder().max_message_size(limit);
        let server = server.bind(scratch.path("store")).unwrap();
        let server = server.add_service(StoreServer::new(Own)).unwrap();
        let server = server.add_service(PackedServer::new(Own)).unwrap();
        let server = server.register("raw", |request| async move {
            Ok::<_, String>(request.data().clone())
        });
        let server = server.unwrap().started().unwrap();
        let client = Client::builder().max_message_size(limit);
        let client = client.dial(server.path()).await.unwrap();
        let (store, packed) = (
            StoreClient::new(client.clone()),
            PackedClient::new(client.clone()),
        );
        // After the first reply each side knows the other's limit.
        client.call("raw", "hello").await.unwrap();

        let value = vec![7; limit];
        assert!(store.echo("a key", &value).await.unwrap() == value);
        assert!(packed.echo("a key", &value).await.unwrap() == value);
        assert!(store.share(value.clone().into()).await.unwrap() == value);
        let texts = vec!["x".repeat(limit / 8); 8];
        assert!(store.texts(texts.clone()).await.unwrap() == texts);

        // A raw call carries only the user's bytes.
        assert!(client.call("raw", value.clone()).await.unwrap() == value);
        let refused = client.call("raw", vec![7; limit + 1]).await;
        assert_too_large(&refused, limit + 1, limit);
        let refused = store.share(vec![7; limit + ALLOWANCE].into()).await;
        assert!(
            matches!(&refused, Err(Error::TooLarge { size, limit: said }) if limit + ALLOWANCE < *size && *said == limit),
            "{refused:?}"
        );
        // The connection still works.
        assert!(store.share(value.clone().into()).await.unwrap() == value);
        drop((client, store, packed));
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[track_caller]
fn assert_too_large<T: std::fmt::Debug>(result: &Result<T, Error>, size: usize, limit: usize) {
    assert!(
        matches!(result, Err(Error::TooLarge { size: s, limit: l }) if (*s, *l) == (size, limit)),
        "{result:?}"
    );
}

#[test]
fn a_payload_of_exactly_the_limit_is_carried() {
    check(4 << 20);
}

#[test]
fn a_payload_of_exactly_a_small_limit_is_carried() {
    check(1000);
}
