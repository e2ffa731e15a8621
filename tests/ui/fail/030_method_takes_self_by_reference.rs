use domainsockets::service;

#[service]
pub trait Kv {
    fn open() -> u64;
    fn close(self);
    async fn put(&mut self, key: String);
    fn held(self: Box<Self>) -> u64;
    fn forever(&'static self) -> u64;
}

fn main() {}
