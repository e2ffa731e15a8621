use domainsockets::service;

#[service]
pub trait Kv {
    fn len(&self) -> u64;
    fn clear(&mut self);
}

struct Store;

impl Kv for Store {
    fn len(&self) -> u64 {
        0
    }
    fn clear(&mut self) {}
}

fn main() {
    let _ = KvServer::new(Store);
    let _ = KvClient::LEN;
}
