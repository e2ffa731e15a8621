use domainsockets::service;

#[service]
pub trait Disk {
    #[rpc(blocking)]
    async fn read(&self, block: u64) -> Vec<u8>;
    #[rpc(blocking = 3)]
    fn write(&self, block: u64);
    #[rpc(no_cancel(always))]
    async fn flush(&self);
}

fn main() {}
