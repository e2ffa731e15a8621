use domainsockets::service;

#[service]
pub trait Kv {
    fn get(&self) -> Result<u64, Box<dyn std::error::Error>>;
}

fn main() {}
