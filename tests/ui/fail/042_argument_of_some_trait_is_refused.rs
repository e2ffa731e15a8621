use domainsockets::service;

#[service]
pub trait Kv {
    async fn get(&self, key: impl Into<String>) -> u64;
    async fn put(&self, keys: impl Iterator<Item = String>) -> u64;
}

fn main() {}
