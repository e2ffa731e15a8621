use domainsockets::service;

#[service]
pub trait Kv {
    async fn read(&self, buffer: &mut [u8]) -> usize;
    fn swap(&self, value: Option<&mut Vec<u8>>);
}

fn main() {}
