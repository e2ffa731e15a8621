use domainsockets::service;

#[service]
pub trait Kv {
    #[rpc(allow(root, user = "alice", user = "bob", root, user = "alice"))]
    fn len(&self) -> u64;
    #[rpc(allow(root, anyone))]
    fn size(&self) -> u64;
}

fn main() {}
