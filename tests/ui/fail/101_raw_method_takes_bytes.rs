use domainsockets::service;

#[service]
pub trait Legacy {
    #[rpc(raw)]
    async fn text(&self, data: &str) -> Vec<u8>;
    #[rpc(raw)]
    async fn number(&self, number: u64, data: Vec<u8>, last: &[u8]) -> Vec<u8>;
    #[rpc(raw = "yes")]
    async fn value(&self, data: Vec<u8>);
}

fn main() {}
