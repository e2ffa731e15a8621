//! Uses a blocking client.

#[domainsockets::service]
pub trait Kv {
    async fn get(&self, key: &str) -> Option<String>;
}

fn main() {
    assert!(KvBlockingClient::dial("/nobody/listens/here").is_err());
    assert_eq!(KvBlockingClient::HANDLERS, ["Kv.get"]);
}
