use domainsockets::service;

pub struct Yaml;

#[service(codec = Yaml)]
pub trait Kv {
    async fn get(&self, key: &str) -> Option<u64>;
}

fn main() {}
