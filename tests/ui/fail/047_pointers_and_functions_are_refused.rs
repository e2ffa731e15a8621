use domainsockets::service;

#[service]
pub trait Kv {
    fn get(&self, key: *const u8) -> u64;
    fn each(&self, visit: fn(&str) -> bool) -> u64;
}

fn main() {}
