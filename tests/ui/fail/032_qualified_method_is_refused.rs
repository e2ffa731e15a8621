use domainsockets::service;

#[service]
pub trait Kv {
    const fn limit(&self) -> u64;
    unsafe fn get(&self, key: String) -> u64;
    extern "C" fn len(&self) -> u64;
}

fn main() {}
