use domainsockets::service;

#[service]
pub enum Kv {
    Len,
}

fn main() {}
