use domainsockets::service;

#[service(name = Store, crate = "domainsockets")]
pub trait Kv {
    #[rpc(name = 7)]
    fn len(&self) -> u64;
    #[rpc(name)]
    fn size(&self) -> u64;
    #[rpc(name("Count"))]
    fn count(&self) -> u64;
    #[rpc("Sum")]
    fn sum(&self) -> u64;
}

fn main() {}
