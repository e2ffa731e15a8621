use domainsockets::service;

#[service]
pub trait Log {
    #[rpc(oneway, idempotent)]
    async fn note(&self, line: &str);
    #[rpc(oneway)]
    fn close(&self);
}

fn main() {}
