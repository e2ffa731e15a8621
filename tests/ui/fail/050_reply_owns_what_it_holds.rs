use domainsockets::service;

use std::borrow::Cow;

#[service]
pub trait Kv {
    fn name(&self) -> &str;
    async fn get(&self, key: &str) -> Option<&[u8]>;
    fn load(&self) -> Result<u64, &'static str>;
    fn title(&self) -> Cow<'_, str>;
}

fn main() {}
