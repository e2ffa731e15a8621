use domainsockets::service;

/// What is called `Result` is taken for one.
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
