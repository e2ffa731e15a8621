use domainsockets::service;

#[service]
pub trait Kv {
    fn get(&self, #[cfg(unix)] key: String, #[allow(unused_variables)] length: u8) -> u64;
    fn put(&self, #[cfg_attr(unix, cfg(unix))] key: String) -> u64 {
        key.len() as u64
    }
}

fn main() {}
