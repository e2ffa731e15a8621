use domainsockets::service;

#[service]
pub trait Kv {
    #[rpc(alias)]
    async fn get(&self) -> u64;
    #[rpc(alias = Old)]
    async fn put(&self);
    #[rpc(alias())]
    async fn set(&self);
    #[rpc(alias("a", b))]
    async fn store(&self);
    #[rpc(alias = "a", alias = "b")]
    async fn keep(&self);
}

fn main() {}
