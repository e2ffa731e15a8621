use domainsockets::service;

#[service]
pub trait Kv {
    fn keys(&self) -> impl Iterator<Item = String>;
    fn watch(&self, prefix: &str) -> impl futures::Stream<Item = String> + Send;
    fn get(&self) -> impl Future<Output = String> + Send;
    async fn value(&self) -> impl Send;
}

fn main() {}
