//! The names in generated code never shadow those in the trait.

#![deny(warnings)]
#![allow(non_camel_case_types)]

use serde::{Deserialize, Serialize};

mod core {}
mod std {}
mod domainsockets {}

// Names of type parameters, and of items that the prelude and the crate export.
#[derive(Serialize, Deserialize)]
pub struct T;
#[derive(Serialize, Deserialize)]
pub struct C;
#[derive(Serialize, Deserialize)]
pub struct Client;
#[derive(Serialize, Deserialize)]
pub struct Error;
pub struct Context;
pub struct Allow;
pub struct Idempotent;
pub struct Option;
pub struct Ok;
pub trait Service {}
pub trait Send {}
pub trait Clone {}

#[::domainsockets::service]
pub trait Kv {
    // Names of methods that the expansion calls, or that every type has.
    async fn call(&self, t: T, c: &C) -> Client;
    async fn encode(&self, request: u8, service: u8, methods: u8) -> Result<T, Error>;
    async fn decode(&self, carrier: u8, handler: &str, this: &[C]) -> C;
    fn add(&self, name: u8, formatter: u8) -> u8;
    fn service(&self);
    fn register(&self, data: Vec<u8>);
    fn clone(&self) -> u8;
    fn fmt(&self) -> u8;
    fn from_arc(&self) -> u8;
    async fn r#async(&self, r#type: u8, r#await: &str) -> u8;
    #[rpc(allow(user = "root"), idempotent)]
    fn restrict(&self, context: ::domainsockets::Context, request: u8) -> u8;
    #[rpc(allow(anyone), idempotent)]
    async fn context(&self, request: &::domainsockets::Context, service: &str) -> u8;
}

struct Store;

impl Kv for Store {
    async fn call(&self, _t: T, _c: &C) -> Client {
        Client
    }
    async fn encode(&self, _request: u8, _service: u8, _methods: u8) -> Result<T, Error> {
        Err(Error)
    }
    async fn decode(&self, _carrier: u8, _handler: &str, _this: &[C]) -> C {
        C
    }
    fn add(&self, name: u8, formatter: u8) -> u8 {
        name + formatter
    }
    fn service(&self) {}
    fn register(&self, _data: Vec<u8>) {}
    fn clone(&self) -> u8 {
        0
    }
    fn fmt(&self) -> u8 {
        0
    }
    fn from_arc(&self) -> u8 {
        0
    }
    async fn r#async(&self, r#type: u8, _: &str) -> u8 {
        r#type
    }
    fn restrict(&self, _context: ::domainsockets::Context, request: u8) -> u8 {
        request
    }
    async fn context(&self, _request: &::domainsockets::Context, _service: &str) -> u8 {
        0
    }
}

pub struct PhantomData;
pub struct Bytes;
pub trait Fallible {}
pub trait RawValue {}

/// Its parameters have the names of those in the expansion.
#[::domainsockets::service]
pub trait Pair<T, C>
where
    T: Serialize + for<'de> Deserialize<'de>,
    C: Serialize + for<'de> Deserialize<'de>,
{
    async fn types(&self, types: &T, carrier: C) -> (T, C);
    #[rpc(raw, blocking)]
    fn request(&self, request: &[u8]) -> Vec<u8>;
    #[rpc(raw, no_cancel)]
    async fn finish(&self, service: ::domainsockets::Bytes) -> ::domainsockets::Bytes;
    #[rpc(alias = "alias")]
    fn alias(&self, methods: u8) {
        let _ = methods;
    }
}

struct Two;

impl Pair<u8, u16> for Two {
    async fn types(&self, types: &u8, carrier: u16) -> (u8, u16) {
        (*types, carrier)
    }
    fn request(&self, request: &[u8]) -> Vec<u8> {
        request.to_vec()
    }
    async fn finish(&self, service: ::domainsockets::Bytes) -> ::domainsockets::Bytes {
        service
    }
}

fn main() {
    let _ = PairServer::new(Two);
    is_clone_and_debug::<PairClient<Opaque, Opaque>>();
    struct Opaque;
    fn is_clone_and_debug<T: ::core::clone::Clone + ::core::fmt::Debug>() {}
    let _ = (PhantomData, Bytes);
    let _ = (
        ::core::any::type_name::<dyn Fallible>(),
        ::core::any::type_name::<dyn RawValue>(),
    );
    let _ = KvServer::new(Store);
    assert_eq!(KvClient::ASYNC, "Kv.async");
    // A method of the stub may be called `clone`, and the stub is still `Clone`.
    fn is_clone<T: ::core::clone::Clone>() {}
    is_clone::<KvClient>();
    let _ = (Context, Allow, Idempotent);
    let _ = (Option, Ok, ::core::any::type_name::<dyn Service>());
    let _ = (
        ::core::any::type_name::<dyn Send>(),
        ::core::any::type_name::<dyn Clone>(),
    );
}
