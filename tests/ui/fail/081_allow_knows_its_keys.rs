use domainsockets::service;

#[service(alow(root))]
pub trait Kv {
    #[rpc(allow(usr = "alice", owner, everyone))]
    fn len(&self) -> u64;
    #[rpc(allow("alice"))]
    fn size(&self) -> u64;
    #[rpc(allow(grp = "audio", pid = 7))]
    fn count(&self) -> u64;
}

fn main() {}
