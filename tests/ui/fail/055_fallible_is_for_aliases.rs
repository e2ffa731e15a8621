use domainsockets::service;

#[service]
pub trait Kv {
    #[rpc(fallible)]
    async fn sync(&self);
    #[rpc(fallible)]
    fn check(&self) -> Result<(), String>;
    #[rpc(fallible = true)]
    fn len(&self) -> u64;
}

fn main() {}
