//! Generated code needs no prelude, and finds the library by the path that the attribute gives.

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
    fn put_bytes(&self, owned: ::std::vec::Vec<u8>, shared: ds::Bytes);
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

#[ds::service(crate = ds)]
pub trait Legacy {
    const LIMIT: usize = 1;
    #[rpc(raw, alias("a", "b"), no_cancel)]
    async fn get(&self, data: &[u8]) -> ::std::vec::Vec<u8> {
        data.to_vec()
    }
    #[rpc(raw, blocking)]
    fn put(&self, data: ds::Bytes) -> ::std::io::Result<ds::Bytes> {
        ::core::result::Result::Ok(data)
    }
    #[rpc(blocking, fallible)]
    fn len(&self, keys: &[&str]) -> Length {
        ::core::result::Result::Ok(keys.len() as u64)
    }
}

type Length = ::core::result::Result<u64, ::std::string::String>;

#[ds::service(crate = ds)]
pub trait Pair<A: ::serde::Serialize + ::serde::de::DeserializeOwned, const N: usize> {
    async fn swap(&self, a: &A, b: ::std::vec::Vec<A>) -> ::core::option::Option<A>;
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

impl Legacy for Store {}

impl Pair<u8, 1> for Store {
    async fn swap(&self, a: &u8, _b: ::std::vec::Vec<u8>) -> ::core::option::Option<u8> {
        ::core::option::Option::Some(*a)
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
    fn put_bytes(&self, _owned: ::std::vec::Vec<u8>, _shared: ds::Bytes) {}
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
    let _ = (LegacyServer::new(Store), PairServer::new(Store));
    let _ = (LegacyClient::HANDLERS, PairClient::<u8, 1>::HANDLERS);
    let _ = KvClient::HANDLERS;
}
