use domainsockets::service;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[service]
pub trait Store<K, V: DeserializeOwned, W: Serialize> {
    async fn get(&self, key: &K) -> Option<V>;
    async fn put(&self, value: W);
}

fn main() {}
