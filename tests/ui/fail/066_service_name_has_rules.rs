use domainsockets::service;

#[service(name = "$kv")]
pub trait Kv {
    fn len(&self) -> u64;
}

fn main() {}
