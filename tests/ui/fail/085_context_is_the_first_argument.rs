use domainsockets::{Context, service};

#[service]
pub trait Kv {
    fn len(&self, key: &str, ctx: Context) -> u64;
    fn size(&self, key: &str, ctx: &domainsockets::Context, of: u8) -> u64;
    fn count(&self, ctx: Context, again: &Context) -> u64;
    async fn sum(&self, ctx: Option<Context>) -> u64;
    async fn mean(&self, contexts: &[::domainsockets::Context]) -> u64;
    async fn total(&self, contexts: (u8, &Context)) -> u64;
    async fn least(&self, key: &str, ctx: &mut Context) -> u64;
    async fn most(&self, ctx: &&Context) -> u64;
}

fn main() {}
