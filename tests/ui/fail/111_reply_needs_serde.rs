use domainsockets::service;

pub struct Plain;

#[derive(serde::Deserialize)]
pub struct OneWay;

#[service]
pub trait Kv {
    async fn get(&self, key: &str) -> Vec<Plain>;
    fn len(&self) -> OneWay;
    fn first(&self) -> Plain;
    async fn put(&self, key: &str) -> Result<(), Plain>;
    async fn sync(&self) -> std::io::Result<()>;
}

fn main() {}
