use domainsockets::service;

#[service]
#[rpc(name = "Store")]
pub trait Kv {
    fn len(&self) -> u64;
}

fn main() {}
