//! Uses a service's asynchronous client with the default carrier.

#[domainsockets::service]
pub trait Kv {
    async fn get(&self, key: &str) -> Option<String>;
}

fn main() {
    drop(KvClient::dial("kv"));
    assert!(KvBlockingClient::dial("/nobody/listens/here").is_err());
}
