use domainsockets::service;

pub struct NoWords;

type Result<T> = std::result::Result<T, String>;

#[service]
pub trait Legacy {
    #[rpc(raw)]
    async fn text(&self) -> String;
    #[rpc(raw)]
    fn option(&self) -> Option<Vec<u8>>;
    #[rpc(raw)]
    fn fallible(&self, data: &[u8]) -> std::result::Result<u64, String>;
    /// The compiler reports what an alias stands for.
    #[rpc(raw)]
    fn aliased(&self) -> Result<u64>;
    #[rpc(raw)]
    fn silent(&self) -> std::result::Result<Vec<u8>, NoWords>;
}

fn main() {}
