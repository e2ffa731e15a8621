//! Methods whose `Result` is written as an alias.

use domainsockets::{CallError, Server, service};
use serde::{Deserialize, Serialize};
use tests::scratch::Scratch;
use tests::watchdog;

#[derive(Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Full {
    limit: u8,
}

type Result<T, E = Full> = std::result::Result<T, E>;
type Outcome = std::result::Result<u8, String>;

#[service]
trait Kv {
    async fn get(&self, key: &str) -> Result<Vec<u8>>;
    async fn put(&self, key: &str) -> Result<Option<u8>>;
    fn check(&self) -> Result<(), String>;
    #[rpc(fallible)]
    fn count(&self, fails: bool) -> Outcome;
}

struct Store;

impl Kv for Store {
    async fn get(&self, key: &str) -> Result<Vec<u8>> {
        match key {
            "full" => Err(Full { limit: 3 }),
            key => Ok(key.into()),
        }
    }
    async fn put(&self, _key: &str) -> Result<Option<u8>> {
        Ok(Some(1))
    }
    fn check(&self) -> Result<(), String> {
        Err("unchecked".to_owned())
    }
    fn count(&self, fails: bool) -> Outcome {
        if fails {
            Err("lost count".to_owned())
        } else {
            Ok(7)
        }
    }
}

fn method<T: std::fmt::Debug, E>(called: std::result::Result<T, CallError<E>>) -> E {
    match called {
        Err(CallError::Method(error)) => error,
        Err(CallError::Call(error)) => panic!("the call has failed: {error}"),
        Ok(value) => panic!("no error: {value:?}"),
    }
}

#[test]
fn aliases_of_result_keep_the_error_of_the_method() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("kv"))
            .unwrap()
            .add_service(KvServer::new(Store))
            .unwrap()
            .start()
            .unwrap();
        let kv = KvClient::dial(server.path()).await.unwrap();

        assert_eq!(kv.get("a").await.unwrap(), b"a");
        assert_eq!(method(kv.get("full").await), Full { limit: 3 });
        assert_eq!(kv.put("a").await.unwrap(), Some(1));
        assert_eq!(method(kv.check().await), "unchecked");
        assert_eq!(kv.count(false).await.unwrap(), 7);
        assert_eq!(method(kv.count(true).await), "lost count");
        drop(kv);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}
