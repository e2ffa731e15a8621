use domainsockets::service;

#[service]
pub auto trait Kv {
    fn len(&self) -> u64;
}

fn main() {}
