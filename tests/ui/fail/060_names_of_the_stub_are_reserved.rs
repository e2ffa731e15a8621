use domainsockets::service;

#[service]
pub trait Kv {
    fn new(&self) -> u64;
    fn dial(&self) -> u64;
    fn local(&self) -> u64;
    fn carrier(&self) -> u64;
    fn boxed(&self) -> u64;
    fn into_inner(&self) -> u64;
    fn with(&self) -> u64;
    fn signatures(&self) -> u64;
    fn handlers(&self) -> u64;
}

fn main() {}
