//! Names everything `gen` that can have that name, which is a keyword in later editions.

#![deny(warnings)]
#![allow(non_camel_case_types)]

mod gen {
    pub use domainsockets as ds;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    pub struct Item(pub u8);

    #[derive(Debug, Deserialize, Serialize)]
    pub struct gen<'a>(pub &'a str);
}

/// Has a method, a module, a type and arguments of that name.
#[domainsockets::service]
pub trait Keys {
    async fn gen(&self, bits: u16) -> Vec<u8>;
    async fn items(
        &self,
        gen: &gen::Item,
        list: Vec<gen::Item>,
        slice: &[gen::Item],
    ) -> Result<gen::Item, gen::Item>;
    async fn borrowed(&self, gen: gen::gen<'_>, text: &'_ str) -> Option<gen::Item>;
    fn default(&self, gen: &str) -> String {
        let r#gen = gen;
        r#gen.to_owned()
    }
    #[rpc(raw, alias = "gen")]
    fn raw(&self, gen: &[u8]) -> Vec<u8>;
    #[rpc(blocking)]
    fn blocking(&self, ctx: &domainsockets::Context, gen: &[u8]);
    #[rpc(oneway)]
    async fn oneway(&self, first: u8, gen: &[u8]);
    #[rpc(wait)]
    async fn wait(&self, gen: u8) -> u8;
}

/// Has a parameter of that name.
#[domainsockets::service]
pub trait Store<gen>
where
    gen: serde::Serialize + serde::de::DeserializeOwned,
{
    fn swap(&self, item: gen) -> gen;
}

/// Has the library and the codec in a module of that name.
#[gen::ds::service(crate = gen::ds, codec = gen::ds::codec::Json)]
pub trait Elsewhere {
    fn get(&self, #[rpc(rename = "gen")] key: u8) -> u8;
}

mod named {
    /// Has that name.
    #[domainsockets::service]
    pub(crate) trait gen {
        fn gen(&self, gen: u8) -> u8;
    }
}

macro_rules! service {
    ($name:ident, $method:ident, $argument:ident: $ty:ty) => {
        #[domainsockets::service]
        pub trait $name {
            async fn $method(&self, $argument: $ty, gen: $crate::gen::Item) -> $ty;
        }
    };
}

service!(Made, gen, gen: crate::gen::Item);

struct Generator;

impl named::gen for Generator {
    fn gen(&self, gen: u8) -> u8 {
        gen
    }
}

impl Store<u8> for Generator {
    fn swap(&self, item: u8) -> u8 {
        item
    }
}

fn main() {
    drop(named::genServer::new(Generator));
    drop(StoreServer::<_, u8>::new(Generator));
    assert_eq!(KeysClient::GEN, "Keys.gen");
    assert_eq!(named::genClient::HANDLERS, ["gen.gen"]);
    assert_eq!(ElsewhereClient::HANDLERS, ["Elsewhere.get"]);
    assert_eq!(MadeClient::HANDLERS, ["Made.gen"]);
    if let Ok(keys) = KeysBlockingClient::dial("/nobody/listens/here") {
        keys.gen(8).unwrap();
    }
}
