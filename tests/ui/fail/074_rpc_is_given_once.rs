use domainsockets::service;

#[service]
pub trait Kv {
    #[rpc(name = "Len")]
    #[rpc(name = "Size")]
    fn len(&self) -> u64;
}

fn main() {}
