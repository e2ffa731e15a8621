use domainsockets::service;

#[service]
pub trait Queue {
    #[rpc(wait)]
    fn take(&self) -> u64;
    #[rpc(wait, oneway)]
    async fn put(&self, item: u64);
    #[rpc(wait, blocking)]
    fn flush(&self);
    #[rpc(wait, no_cancel)]
    async fn sync(&self);
    #[rpc(wait = true)]
    async fn len(&self) -> u64;
}

fn main() {}
