use domainsockets::service;

#[service]
#[allow(non_snake_case)]
pub trait Kv {
    fn LEN(&self) -> u64;
}

fn main() {}
