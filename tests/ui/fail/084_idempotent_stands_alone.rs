use domainsockets::service;

#[service(idempotent)]
pub trait Kv {
    #[rpc(idempotent = true)]
    fn len(&self) -> u64;
    #[rpc(idempotent())]
    fn size(&self) -> u64;
    #[rpc(idempotent, idempotent)]
    fn count(&self) -> u64;
    #[rpc(idempotant)]
    fn sum(&self) -> u64;
}

fn main() {}
