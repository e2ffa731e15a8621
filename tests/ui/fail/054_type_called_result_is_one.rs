use domainsockets::service;

/// The attribute treats any type with the name `Result` as one.
mod own {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Result(u8);
}

type Count = u64;

#[service]
pub trait Kv {
    async fn sync(&self) -> own::Result;
    #[rpc(fallible)]
    fn count(&self) -> Count;
}

fn main() {}
