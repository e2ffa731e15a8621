use domainsockets::{Context, service};

#[service]
pub trait Kv {
    fn len(&self) -> Context;
    fn size(&self) -> Result<Context, String>;
}

fn main() {}
