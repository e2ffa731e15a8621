use domainsockets::service;

#[service(nmae = "Store", format = "json")]
pub trait Kv {
    #[rpc(timeout = "5s")]
    fn count(&self) -> u64;
    #[rpc(handler = "Len")]
    fn len(&self) -> u64;
    #[rpc(names = "Size")]
    fn size(&self) -> u64;
}

fn main() {}
