use domainsockets::service;

#[service]
pub trait Kv {
    fn range(&self, (from, to): (u64, u64)) -> u64;
    fn count(&self, _: u64) -> u64;
    fn add(&self, mut n: u64) -> u64;
}

fn main() {}
