use domainsockets::service;

#[service]
pub trait Kv {
    fn keys(&self) -> impl Iterator<Item = String>;
    async fn value(&self) -> impl Send;
}

fn main() {}
