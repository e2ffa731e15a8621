use domainsockets::{Context, service};

#[service(codec = domainsockets::codec::Json)]
pub trait Kv {
    fn own(#[rpc(rename = "this")] &self);
    fn context(&self, #[rpc(rename = "ctx")] context: &Context);
    #[rpc(raw)]
    fn raw(&self, #[rpc(rename = "bytes")] data: &[u8]);
    fn empty(&self, #[rpc(rename = "")] key: u8);
    fn key(&self, #[rpc(name = "Key")] key: u8);
    fn nothing(&self, #[rpc] key: u8);
    fn hidden(&self, #[cfg_attr(unix, rpc(rename = "Key"))] key: u8);
    fn same(&self, first: u8, #[rpc(rename = "first")] second: u8);
}

fn main() {}
