use domainsockets::service;

#[service]
pub trait Log {
    #[rpc(oneway)]
    async fn note(&self, line: &str) -> u64;
    #[rpc(oneway)]
    fn flush(&self) -> Result<(), String>;
    #[rpc(oneway = true)]
    fn trim(&self);
    #[rpc(one_way)]
    fn turn(&self);
    #[rpc(oneway)]
    fn close(&self);
}

fn main() {}
