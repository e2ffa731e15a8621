use domainsockets::service;

#[service]
pub struct Kv {
    len: u64,
}

fn main() {}
