use domainsockets::service;

#[service(name = "Store", nam = "Kv")]
pub trait Kv {
    type Key;
    async fn get(&mut self, key: impl Into<String>) -> Option<&[u8]>;
    fn count<T>(&mut self, (from, to): (T, T)) -> u64;
    #[rpc(name = "$len", allow(owner), idempotent = true)]
    fn dial(&self, key: &str, ctx: &Context) -> Self;
}

fn main() {}
