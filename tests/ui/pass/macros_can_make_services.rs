//! A user's macro can declare services: `$crate` in its types and in the path of the library keeps its
//! meaning.

#![deny(warnings, dead_code)]

pub mod my {
    pub use domainsockets;

    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    pub struct Item(pub u8);
}

macro_rules! types {
    ($name:ident) => {
        #[domainsockets::service]
        pub trait $name {
            async fn swap(&self, item: $crate::my::Item) -> $crate::my::Item;
            fn all(&self, items: &[$crate::my::Item], one: &$crate::my::Item)
            -> Vec<$crate::my::Item>;
        }
    };
}

types!(Store);

macro_rules! facade {
    ($name:ident) => {
        #[$crate::my::domainsockets::service(
            crate = $crate::my::domainsockets,
            codec = $crate::my::domainsockets::codec::Json
        )]
        pub trait $name {
            async fn get(&self, ctx: &$crate::my::domainsockets::Context, n: u8) -> u8;
            #[rpc(raw)]
            async fn raw(
                &self,
                data: $crate::my::domainsockets::Bytes,
            ) -> $crate::my::domainsockets::Bytes;
        }
    };
}

facade!(Kv);

/// Comes from the macro completely, and is not used.
macro_rules! module {
    ($module:ident) => {
        mod $module {
            #[domainsockets::service]
            pub(super) trait Unused {
                const MAX: u8 = 3;
                async fn get(&self, key: &str, key_2: u8) -> u8;
            }
        }
    };
}

module!(unused);

/// The macro and its user have an argument with the same name.
macro_rules! method {
    ($key:ident) => {
        #[domainsockets::service]
        pub trait Twice {
            async fn get(&self, key: &str, $key: u8) -> u8;
        }
    };
}

method!(key);

fn main() {
    assert_eq!(StoreClient::HANDLERS, ["Store.swap", "Store.all"]);
    assert_eq!(KvBlockingClient::HANDLERS, ["Kv.get", "Kv.raw"]);
    assert_eq!(TwiceClient::HANDLERS, ["Twice.get"]);
}
