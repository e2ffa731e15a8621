use domainsockets::service;

macro_rules! more_methods {
    () => {};
}

#[service]
pub trait Kv {
    const LIMIT: usize;
    type Key;
    more_methods!();
    fn len(&self) -> u64;
}

fn main() {}
