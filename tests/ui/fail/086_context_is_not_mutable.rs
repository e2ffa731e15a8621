use domainsockets::{Context, service};

#[service]
pub trait Kv {
    fn len(&self, ctx: &mut Context) -> u64;
    async fn size(&self, ctx: &'static Context, key: &str) -> u64;
    fn count(&self, mut ctx: Context) -> u64;
    fn sum(&self, _: &Context) -> u64;
    fn mean(&self, #[cfg(unix)] ctx: Context) -> u64;
}

fn main() {}
