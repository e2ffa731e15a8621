use domainsockets::service;

#[service]
pub trait Kv {
    fn merge(&self, other: &Self) -> u64;
    fn split(&self) -> Vec<Self>
    where
        Self: Sized;
}

fn main() {}
