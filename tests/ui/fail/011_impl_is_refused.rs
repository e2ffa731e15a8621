use domainsockets::service;

pub struct Kv;

#[service]
impl Kv {
    pub fn len(&self) -> u64 {
        0
    }
}

fn main() {}
