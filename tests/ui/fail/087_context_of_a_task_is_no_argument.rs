use domainsockets::service;

#[service]
pub trait Kv {
    fn len(&self, ctx: &mut std::task::Context<'_>) -> u64;
}

fn main() {}
