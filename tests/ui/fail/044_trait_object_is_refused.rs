use domainsockets::service;

#[service]
pub trait Kv {
    fn get(&self, key: &dyn std::fmt::Display) -> u64;
    fn set(&self, key: Box<dyn std::any::Any>) -> u64;
}

fn main() {}
