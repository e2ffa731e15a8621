use domainsockets::service;

#[service]
pub trait Kv {
    fn put(&self, entry: Option<&String>, numbers: Vec<&[u16]>) -> u64;
}

fn main() {}
