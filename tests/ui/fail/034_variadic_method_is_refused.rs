use domainsockets::service;

#[service]
pub trait Kv {
    fn sum(&self, more: ...) -> u64;
}

fn main() {}
