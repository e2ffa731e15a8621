use domainsockets::service;

#[service]
pub trait Kv {
    #[rpc]
    fn len(&self) -> u64;
    #[rpc()]
    fn size(&self) -> u64;
    #[rpc = "Count"]
    fn count(&self) -> u64;
}

fn main() {}
