use domainsockets::service;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[service]
pub trait Kv<'a, T>
where
    T: Serialize + DeserializeOwned + PartialEq<Self>,
    Self: Clone,
{
    fn get(&self) -> T;
}

fn main() {}
