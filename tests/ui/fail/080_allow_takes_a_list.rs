use domainsockets::service;

#[service(allow = root)]
pub trait Kv {
    #[rpc(allow)]
    fn len(&self) -> u64;
    #[rpc(allow())]
    fn size(&self) -> u64;
    #[rpc(allow = "root")]
    fn count(&self) -> u64;
    #[rpc(allow[root])]
    fn sum(&self) -> u64;
    #[rpc(allow(root), allow(own_user))]
    fn mean(&self) -> u64;
}

fn main() {}
