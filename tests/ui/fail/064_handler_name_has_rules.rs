use domainsockets::service;

#[service]
pub trait Kv {
    #[rpc(name = "")]
    fn get(&self) -> u64;
    #[rpc(name = "$hello")]
    fn hello(&self) -> u64;
    #[rpc(name = "a\0b")]
    fn put(&self) -> u64;
    #[rpc(name = "two\nlines")]
    fn lines(&self) -> u64;
}

fn main() {}
