use domainsockets::service;

#[service]
pub trait Kv {
    fn len(&self) -> u64;
    #[rpc(name = "Kv.len")]
    fn size(&self) -> u64;
}

fn main() {}
