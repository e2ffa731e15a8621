use domainsockets::service;

pub struct Plain;

#[derive(serde::Serialize)]
pub struct OneWay;

#[service]
pub trait Kv {
    async fn get(&self, ctx: &domainsockets::Context, key: &Plain);
    async fn put(&self, key: u8, value: Option<OneWay>, length: u8);
    fn put_all(&self, values: &[Plain]);
}

fn main() {}
