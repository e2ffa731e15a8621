use domainsockets::service;

#[service]
#[allow(non_snake_case)]
pub trait Kv {
    fn get_all(&self) -> u64;
    fn getAll(&self) -> u64;
}

fn main() {}
