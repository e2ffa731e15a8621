//! Uses all that a program without a runtime can use.

#![deny(warnings)]

use std::error::Error as _;

use domainsockets::blocking::{self, Carrier, Client};
use domainsockets::{Call, CallOptions, Context, Error, With};

#[domainsockets::service]
pub trait Kv {
    /// Has a context, whose type is the same with every feature.
    async fn get(&self, ctx: &Context, key: &str) -> Option<String>;
    fn put(&self, key: &str, value: &[u8]) -> Result<(), String>;
}

struct Deaf;

impl Carrier for Deaf {
    fn execute(&self, _call: Call<'_>) -> Result<blocking::Reply, Error> {
        Err(Error::ShuttingDown)
    }
}

struct Store {
    /// The default carrier is the same with every feature.
    kv: Option<KvBlockingClient>,
    slow: Option<KvBlockingClient<With<Client>>>,
}

fn main() {
    let store = Store {
        kv: KvBlockingClient::dial("/nobody/listens/here").ok(),
        slow: None,
    };
    assert!(store.kv.is_none() && store.slow.is_none());
    let kv = KvBlockingClient::new(Deaf);
    let error = kv.get("a").unwrap_err();
    assert!(error.source().is_none());
    assert!(kv.put("a", b"b").is_err());
    let _ = kv.carrier();
    let _ = CallOptions::new();
    assert_eq!(KvBlockingClient::GET, "Kv.get");
    assert_eq!(KvBlockingClient::HANDLERS, ["Kv.get", "Kv.put"]);
    assert_eq!(KvBlockingClient::signatures().len(), 2);
}
