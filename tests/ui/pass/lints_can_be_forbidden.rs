//! A program can forbid the lints that generated code would otherwise have to allow.

#![forbid(unused, warnings, nonstandard_style, missing_docs, unreachable_pub)]
#![forbid(dead_code, unused_imports, non_upper_case_globals, non_snake_case)]

/// Is public, so that unused methods cause no warning.
#[domainsockets::service]
pub trait Kv {
    /// Returns `n`.
    async fn get(&self, n: u8) -> u8;
    /// Returns nothing.
    #[rpc(raw, alias = "old")]
    fn raw(&self, data: &[u8]);
}

mod private {
    /// Is not used.
    #[domainsockets::service(codec = domainsockets::codec::Json)]
    trait Kv {
        const MAX: u8 = 3;
        async fn get(&self, n: u8) -> u8;
        async fn put(&self, key: &str, value: &[u8]) {
            let _ = (key, value);
        }
        #[cfg(not(unix))]
        async fn gone(&self);
    }

    #[domainsockets::service]
    trait Store<K, const N: usize>
    where
        K: serde::Serialize + serde::de::DeserializeOwned,
    {
        async fn get(&self, key: &K) -> Option<K>;
    }
}

fn main() {
    assert_eq!(KvClient::HANDLERS, ["Kv.get", "Kv.raw"]);
}
