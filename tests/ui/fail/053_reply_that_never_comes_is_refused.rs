use domainsockets::service;

#[service]
pub trait Kv {
    fn abort(&self) -> !;
}

fn main() {}
