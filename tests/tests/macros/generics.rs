//! Traits with generic parameters.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Mutex;

use domainsockets::{CallError, Client, ServeError, Server, service};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tests::scratch::Scratch;
use tests::watchdog;

use crate::macros::recorder::Recorder;

#[service]
trait Store<K: Debug + Serialize + DeserializeOwned, V = String>
where
    V: Serialize + DeserializeOwned,
{
    async fn get(&self, key: &K) -> Option<V>;
    async fn put(&self, key: K, value: V) -> Result<Option<V>, K>;
    fn keys(&self, above: &[K]) -> Vec<K>;
    async fn describe(&self, key: &K) -> String {
        tokio::task::yield_now().await;
        format!("{key:?}")
    }
    #[rpc(blocking)]
    fn swap(&self, pair: (K, V)) -> (V, K) {
        (pair.1, pair.0)
    }
}

struct Map<V>(Mutex<BTreeMap<u8, V>>);

impl<V> Store<u8, V> for Map<V>
where
    V: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    async fn get(&self, key: &u8) -> Option<V> {
        self.0.lock().unwrap().get(key).cloned()
    }
    async fn put(&self, key: u8, value: V) -> Result<Option<V>, u8> {
        if key == 0 {
            return Err(key);
        }
        Ok(self.0.lock().unwrap().insert(key, value))
    }
    fn keys(&self, above: &[u8]) -> Vec<u8> {
        let above = above.iter().max().copied().unwrap_or_default();
        let map = self.0.lock().unwrap();
        map.range(above..).map(|(key, _)| *key).collect()
    }
}

/// Is neither `Clone` nor `Debug`. A stub for it is both nevertheless.
#[derive(Deserialize, Serialize)]
struct Opaque;

/// The compiler cannot check this: a type whose decoding it did not find would have no known signature.
#[test]
fn signatures_include_the_parameters() {
    let signatures = StoreClient::<u8, Vec<bool>>::signatures();
    assert!(signatures.iter().all(|one| one.hash().is_some()));
    assert_eq!(
        signatures[1].to_string(),
        "fn put(key: u8, value: [bool]) -> Result<Option<[bool]>, u8>"
    );
    let others = StoreClient::<u16, Vec<bool>>::signatures();
    assert_ne!(signatures[1].hash(), others[1].hash());
}

#[test]
fn calls_carry_the_types_of_the_service() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let map = Map(Mutex::new(BTreeMap::<u8, Vec<String>>::new()));
        let server = Server::bind(scratch.path("store"))
            .unwrap()
            .add_service(StoreServer::new(map).clone())
            .unwrap()
            .start()
            .unwrap();
        let store = StoreClient::<u8, Vec<String>>::dial(server.path())
            .await
            .unwrap();

        let value = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(store.get(&1).await.unwrap(), None);
        assert_eq!(store.put(1, value.clone()).await.unwrap(), None);
        match store.put(0, Vec::new()).await {
            Err(CallError::Method(key)) => assert_eq!(key, 0),
            other => panic!("not the method's error: {other:?}"),
        }
        assert_eq!(store.get(&1).await.unwrap(), Some(value.clone()));
        assert_eq!(store.keys(&[0, 1]).await.unwrap(), [1]);
        assert_eq!(store.describe(&7).await.unwrap(), "7");
        assert_eq!(store.swap((7, value.clone())).await.unwrap(), (value, 7));
        drop(store);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[tokio::test]
async fn stub_needs_no_bounds_on_its_types() {
    let store = StoreClient::<u8, Opaque, _>::new(std::sync::Arc::new(Recorder::replying(b"\x00")));
    let shown = format!("{:?}", store.clone());
    assert!(
        shown.starts_with("StoreClient { carrier: Recorder {"),
        "{shown}"
    );
    assert!(store.get(&1).await.unwrap().is_none());
    // The stub's parameter has the default that the trait declares.
    let _ = |store: StoreClient<u8>| -> StoreClient<u8, String, Client> { store };
}

#[test]
fn names_of_types_do_not_change_signatures() {
    assert_eq!(StoreClient::<u8>::PUT, "Store.put");
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let numbers = Map(Mutex::new(BTreeMap::<u8, u64>::new()));
        let words = Map(Mutex::new(BTreeMap::<u8, String>::new()));
        let added = Server::bind(scratch.path("store"))
            .unwrap()
            .add_service(StoreServer::new(numbers))
            .unwrap()
            .add_service(StoreServer::new(words));
        assert!(matches!(added, Err(ServeError::DuplicateHandler { .. })));
        scratch.leak_check();
    });
}

#[service]
trait Pages<const N: usize> {
    /// Returns a type with a const parameter, since serde does not support arrays of any length.
    async fn first(&self) -> Page<N>;
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Page<const N: usize>(Vec<u8>);

struct Book;

impl Pages<3> for Book {
    async fn first(&self) -> Page<3> {
        Page(vec![1; 3])
    }
}

#[tokio::test]
async fn parameter_can_be_a_number() {
    let _ = PagesServer::new(Book);
    let pages = PagesClient::<4, _>::new(Recorder::replying(b"\x01\x07"));
    assert_eq!(pages.first().await.unwrap(), Page::<4>(vec![7]));
    assert_eq!(PagesClient::<4>::FIRST, "Pages.first");
}
