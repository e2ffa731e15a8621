use domainsockets::service;

#[service]
pub unsafe trait Kv {
    fn len(&self) -> u64;
}

fn main() {}
