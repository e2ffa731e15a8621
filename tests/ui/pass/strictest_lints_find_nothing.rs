//! Generated code causes no warning, even with the strictest lints. The test harness allows dead code,
//! so that lint is turned on again.

#![deny(warnings, dead_code, clippy::all, clippy::pedantic)]
#![deny(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unnameable_types
)]
#![deny(unused_qualifications, elided_lifetimes_in_paths, unused_lifetimes)]
#![deny(single_use_lifetimes, unit_bindings, let_underscore_drop)]

mod caller {
    // No code serves this here, or makes all of its calls.
    #[domainsockets::service]
    pub(crate) trait Kv {
        async fn get(&self, key: &str) -> Option<Vec<u8>>;
        #[rpc(allow(root, uid = 1000), idempotent)]
        async fn put(&self, key: &str, value: &[u8]) -> Result<(), String>;
        fn len(&self, ctx: domainsockets::Context) -> u64;
    }
}

mod callee {
    // No code calls this here.
    #[domainsockets::service]
    pub(crate) trait Kv {
        #[deprecated = "use `find`"]
        #[rpc(allow(own_user), idempotent)]
        async fn get(&self, key: &str) -> Option<Vec<u8>>;
        async fn find(&self, ctx: &domainsockets::Context, key: &str) -> Option<Vec<u8>>;
        #[cfg(not(unix))]
        #[rpc(allow(anyone))]
        async fn gone(&self, handle: Handle) -> Handle;
    }

    pub(crate) struct Store;

    impl Kv for Store {
        async fn get(&self, _key: &str) -> Option<Vec<u8>> {
            None
        }
        async fn find(&self, _ctx: &domainsockets::Context, _key: &str) -> Option<Vec<u8>> {
            None
        }
    }
}

mod with_bodies {
    #[domainsockets::service]
    pub(crate) trait Kv {
        const LIMIT: usize = 1;
        async fn get(&self, key: &str) -> Option<Vec<u8>> {
            (key.len() < Self::LIMIT).then(Vec::new)
        }
        async fn put(&self, #[allow(unused_variables)] key: &str, _value: &[u8]) {}
        fn len(&self, _ctx: &domainsockets::Context) -> usize {
            Self::LIMIT
        }
    }

    pub(crate) struct Store;

    impl Kv for Store {}
}

mod in_all_ways {
    type Result<T> = std::result::Result<T, String>;

    #[domainsockets::service]
    pub(crate) trait Kv {
        #[rpc(raw, alias("Old.get", "Get"), no_cancel)]
        async fn get(&self) -> Vec<u8>;
        #[rpc(raw, blocking, name = "Put")]
        fn put(&self, ctx: &domainsockets::Context, data: &[u8]) -> Result<()>;
        #[rpc(blocking, allow(root))]
        fn len(&self, key: &str) -> Result<u64>;
    }

    pub(crate) struct Store;

    impl Kv for Store {
        async fn get(&self) -> Vec<u8> {
            Vec::new()
        }
        fn put(&self, _ctx: &domainsockets::Context, _data: &[u8]) -> Result<()> {
            Ok(())
        }
        fn len(&self, _key: &str) -> Result<u64> {
            Ok(0)
        }
    }
}

mod with_parameters {
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    #[domainsockets::service]
    pub(crate) trait Kv<K: Serialize + DeserializeOwned + Send, V, const N: usize>
    where
        V: Serialize + DeserializeOwned,
    {
        async fn get(&self, key: &K) -> Option<V>;
    }

    pub(crate) struct Store;

    impl Kv<u8, u8, 1> for Store {
        async fn get(&self, _key: &u8) -> Option<u8> {
            None
        }
    }
}

mod retired {
    #[domainsockets::service]
    #[deprecated]
    pub(crate) trait Kv {
        fn len(&self) -> u64;
    }
}

#[cfg(not(unix))]
mod elsewhere {
    #[domainsockets::service]
    pub(crate) trait Kv {
        fn len(&self) -> u64;
    }
}

fn main() {
    let _ = caller::KvClient::GET;
    drop(callee::KvServer::new(callee::Store));
    drop(in_all_ways::KvServer::new(in_all_ways::Store));
    drop(with_parameters::KvServer::new(with_parameters::Store));
    assert_eq!(with_parameters::KvClient::<u8, u8, 1>::GET, "Kv.get");
    drop(with_bodies::KvServer::new(with_bodies::Store));
    assert_eq!(callee::KvClient::HANDLERS, ["Kv.get", "Kv.find"]);
}
