use domainsockets::service;

#[service(deadline = "5s")]
pub trait Kv {
    #[rpc(deadline)]
    fn in_subprocess(&self) -> u64;
    #[rpc(deadline = 500)]
    fn number(&self) -> u64;
    #[rpc(deadline = "500")]
    fn unit_missing(&self) -> u64;
    #[rpc(deadline = "1.5s")]
    fn fraction(&self) -> u64;
    #[rpc(deadline = "2 h")]
    fn other_unit(&self) -> u64;
    #[rpc(deadline = "0ms")]
    fn zero(&self) -> u64;
    #[rpc(deadline = "18446744073709551615min")]
    fn for_ever(&self) -> u64;
    #[rpc(deadline = "5s", deadline = "6s")]
    fn twice(&self) -> u64;
}

fn main() {}
