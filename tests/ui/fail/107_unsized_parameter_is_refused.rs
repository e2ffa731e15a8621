use domainsockets::service;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[service]
pub trait Store<K: Serialize + ?Sized, V>
where
    V: DeserializeOwned + ?Sized,
{
    async fn len(&self) -> u64;
}

fn main() {}
