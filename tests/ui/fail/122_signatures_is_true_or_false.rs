use domainsockets::service;

#[service(signatures = "off")]
pub trait Kv {
    fn len(&self) -> u64;
}

#[service(signatures)]
pub trait Store {
    fn len(&self) -> u64;
}

fn main() {}
