use domainsockets::service;

mod own {
    pub struct Context<T>(T);
}

#[service]
pub trait Kv {
    fn len(&self, ctx: &mut std::task::Context<'_>) -> u64;
    fn size(&self, ctx: own::Context<u8>, key: &str) -> u64;
    fn count(&self, ctx: &own::Context<u8>) -> u64;
}

fn main() {}
