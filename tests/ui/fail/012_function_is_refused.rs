use domainsockets::service;

#[service]
pub fn len() -> u64 {
    0
}

fn main() {}
