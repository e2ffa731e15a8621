use domainsockets::service;

#[service(codec = Json)]
pub trait Kv {
    async fn get(&self, key: &str) -> Option<u64>;
    async fn put(&self, key: &str, value: &[u8]) -> Result<(), String>;
    #[rpc(oneway)]
    async fn touch(&self, key: &str);
}

fn main() {}
