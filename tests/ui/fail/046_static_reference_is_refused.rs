use domainsockets::service;

#[service]
pub trait Kv {
    fn get(&self, key: &'static str) -> u64;
}

fn main() {}
