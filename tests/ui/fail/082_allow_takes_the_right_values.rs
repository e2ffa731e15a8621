use domainsockets::service;

#[service]
pub trait Kv {
    #[rpc(allow(root = true, own_user(), anyone = "yes"))]
    fn len(&self) -> u64;
    #[rpc(allow(user, user = alice, user("alice"), group = 100, group = ""))]
    fn size(&self) -> u64;
    #[rpc(allow(uid = "alice", uid = -1, uid = 4294967296, gid, gid = 1.5))]
    fn count(&self) -> u64;
}

fn main() {}
