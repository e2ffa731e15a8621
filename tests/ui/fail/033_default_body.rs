use domainsockets::service;

#[service]
pub trait Kv {
    fn len(&self) -> u64;
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    async fn flush(&self) -> u64 {
        0
    }
}

fn main() {}
