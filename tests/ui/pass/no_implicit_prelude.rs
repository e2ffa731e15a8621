//! The expansion needs no prelude, and finds the crate by the path it is given.

#![no_implicit_prelude]

extern crate domainsockets as ds;

#[ds::service(crate = ds)]
pub trait Kv {
    async fn get(&self, key: &str) -> ::core::option::Option<::std::vec::Vec<u8>>;
    async fn put(
        &self,
        key: &str,
        value: &[u8],
    ) -> ::core::result::Result<(), ::std::string::String>;
    async fn put_all(&self, keys: &[&str], all: &(u8, u8));
    #[rpc(allow(root, user = "root", gid = 7), idempotent)]
    fn len(&self, ctx: ds::Context) -> u64;
    #[rpc(allow(anyone))]
    async fn is_empty(&self, ctx: &ds::Context, key: &str) -> bool;
}

#[ds::service(crate = ds, codec = ds::codec::Bincode)]
pub trait Coded {
    async fn put(
        &self,
        kept: &str,
        value: &[u8],
    ) -> ::core::result::Result<(), ::std::string::String>;
    fn keys(&self) -> ::std::vec::Vec<u8>;
}

struct Store;

impl Coded for Store {
    async fn put(
        &self,
        _kept: &str,
        _value: &[u8],
    ) -> ::core::result::Result<(), ::std::string::String> {
        ::core::result::Result::Ok(())
    }
    fn keys(&self) -> ::std::vec::Vec<u8> {
        ::std::vec::Vec::new()
    }
}

impl Kv for Store {
    async fn get(&self, _key: &str) -> ::core::option::Option<::std::vec::Vec<u8>> {
        ::core::option::Option::None
    }
    async fn put(
        &self,
        _key: &str,
        _value: &[u8],
    ) -> ::core::result::Result<(), ::std::string::String> {
        ::core::result::Result::Ok(())
    }
    async fn put_all(&self, _keys: &[&str], _all: &(u8, u8)) {}
    fn len(&self, _ctx: ds::Context) -> u64 {
        0
    }
    async fn is_empty(&self, _ctx: &ds::Context, _key: &str) -> bool {
        true
    }
}

fn main() {
    let _ = KvServer::new(Store);
    let _ = CodedServer::new(Store);
    let _ = KvClient::HANDLERS;
}
