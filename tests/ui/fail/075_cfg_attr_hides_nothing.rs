use domainsockets::service;

#[service]
pub trait Kv {
    #[cfg_attr(unix, rpc(name = "Len"))]
    fn len(&self) -> u64;
    #[cfg_attr(unix, cfg(unix), doc = "Returns the size.")]
    fn size(&self) -> u64;
}

fn main() {}
