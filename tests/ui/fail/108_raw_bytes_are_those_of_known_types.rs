use domainsockets::service;

pub struct Bytes;

#[service]
pub trait Legacy {
    #[rpc(raw)]
    async fn take(&self, data: Bytes);
    #[rpc(raw)]
    async fn give(&self) -> Bytes;
}

fn main() {}
