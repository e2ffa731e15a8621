use domainsockets::service;

#[service]
pub trait Kv {
    fn get<K>(&self, key: K) -> u64;
    fn take<const N: usize>(&self, keys: [u8; N]) -> u64;
    async fn find<'a>(&self, key: &'a str) -> u64;
    fn len(&self) -> u64
    where
        Self: Sized;
}

fn main() {}
