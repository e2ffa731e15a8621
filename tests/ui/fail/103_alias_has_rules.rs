use domainsockets::service;

#[service]
pub trait Kv {
    #[rpc(alias("Kv.get", "Get", "Get"))]
    async fn get(&self) -> u64;
    #[rpc(alias("$get", "", "Put"))]
    async fn put(&self);
    #[rpc(alias = "Put")]
    async fn set(&self);
    #[rpc(alias = "Put")]
    async fn store(&self);
    #[rpc(name = "Put")]
    async fn keep(&self);
    async fn len(&self) -> u64;
    #[rpc(alias = "Kv.len")]
    async fn count(&self) -> u64;
}

fn main() {}
