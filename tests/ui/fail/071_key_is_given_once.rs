use domainsockets::service;

#[service(name = "Store", name = "Kv")]
pub trait Kv {
    #[rpc(name = "Len", name = "len")]
    fn len(&self) -> u64;
}

fn main() {}
