//! Declares a service without a codec, which must not compile.

#[domainsockets::service]
pub trait Kv {
    async fn get(&self, key: &str) -> Option<String>;
}

#[cfg(any())]
#[domainsockets::service]
pub trait Absent {
    async fn get(&self, key: &str) -> Option<String>;
}

#[domainsockets::service]
#[cfg(any())]
pub trait AlsoAbsent {
    async fn get(&self, key: &str) -> Option<String>;
}

fn main() {}
