//! Items in scope can have the names of arguments and of generated variables. For example, `diesel`
//! declares a unit struct for each column of a table.

#![deny(warnings, dead_code)]
#![allow(non_camel_case_types, non_upper_case_globals)]

/// Declares items with these names.
macro_rules! items {
    ($module:ident: $($item:tt)*) => {
        items! {
            @names $module [$($item)*]
            [id name service options carrier client methods kept server request formatter types
             argument argument_0 argument_1 key value ctx reply bytes raw codec written limit]
        }
    };
    (@names variants $item:tt [$($name:ident)*]) => {
        pub mod variants {
            pub enum Column { $($name),* }
            pub use Column::*;
        }
    };
    (@names $module:ident $item:tt [$($name:ident)*]) => {
        pub mod $module { $(items! { @item $item $name })* }
    };
    (@item [unit struct] $name:ident) => { pub struct $name; };
    (@item [tuple struct] $name:ident) => { pub struct $name(pub u8); };
    (@item [constant] $name:ident) => { pub const $name: u8 = 1; };
    (@item [static] $name:ident) => { pub static $name: u8 = 1; };
    (@item [function] $name:ident) => { pub fn $name() {} };
}

items!(units: unit struct);
items!(tuples: tuple struct);
items!(constants: constant);
items!(statics: static);
items!(functions: function);
items!(variants: variant);

/// Declares services in the scope of such items.
macro_rules! services {
    ($($module:ident)*) => {$(
        pub mod $module {
            #[allow(unused_imports)]
            use super::super::$module::*;

            #[domainsockets::service]
            pub trait Plain {
                async fn get(
                    &self,
                    ctx: &domainsockets::Context,
                    id: u64,
                    name: &str,
                    service: Vec<u8>,
                ) -> Option<String>;
                #[rpc(raw, alias("a"), no_cancel)]
                fn raw(&self, request: &[u8]) -> Vec<u8>;
                #[rpc(allow(user = "root"))]
                fn put(&self, key: &str, value: &[u8]) -> Result<(), String>;
                #[rpc(blocking)]
                fn block(&self, options: u8, carrier: u8) -> u8;
                #[rpc(wait)]
                async fn wait(&self, limit: u8, types: u8);
                fn methods(
                    &self,
                    methods: u8,
                    kept: u8,
                    server: u8,
                    formatter: u8,
                    argument_0: u8,
                    argument_1: u8,
                ) -> u8;
            }

            #[domainsockets::service(codec = domainsockets::codec::Json)]
            pub trait Coded<T: serde::Serialize + serde::de::DeserializeOwned> {
                async fn get(&self, id: u64, name: &T, service: Vec<u8>) -> Option<String>;
                fn put(&self, key: &str, value: &[u8]);
            }
        }
    )*};
}

mod in_scope {
    services!(units tuples constants statics functions variants);
}

fn main() {
    assert_eq!(in_scope::units::PlainClient::HANDLERS.len(), 6);
}
