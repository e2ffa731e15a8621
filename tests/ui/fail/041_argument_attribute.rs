use domainsockets::service;

#[service]
pub trait Kv {
    fn get(&self, #[cfg(unix)] key: String) -> u64;
}

fn main() {}
