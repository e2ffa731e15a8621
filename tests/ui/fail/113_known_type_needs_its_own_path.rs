use domainsockets::service;

mod facade {
    pub use domainsockets::{Bytes, Context};
}

#[service]
pub trait Kv {
    async fn get(&self, context: &facade::Context);
    fn put(&self, value: facade::Bytes);
}

fn main() {}
