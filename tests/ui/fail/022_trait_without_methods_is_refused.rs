use domainsockets::service;

#[service]
pub trait Kv {}

#[service]
pub trait Limits {
    const KEYS: usize;
}

fn main() {}
