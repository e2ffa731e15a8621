//! Declares a service that names a codec, and one whose methods need none.

use domainsockets::codec::Json;

#[domainsockets::service(codec = Json)]
pub trait Kv {
    async fn get(&self, key: &str) -> Option<String>;
}

#[domainsockets::service]
pub trait Legacy {
    #[rpc(raw)]
    async fn hello(&self, data: &[u8]) -> Vec<u8>;
}

fn main() {
    assert_eq!(KvClient::HANDLERS, ["Kv.get"]);
    assert_eq!(LegacyBlockingClient::HANDLERS, ["Legacy.hello"]);
}
