//! Services that turn signatures off.

use std::sync::atomic::{AtomicUsize, Ordering};

use domainsockets::{Server, service};
use serde::{Deserialize, Deserializer, Serialize};
use tests::scratch::Scratch;
use tests::watchdog;

/// How often a `Counted` was read.
static READ: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug, PartialEq, Serialize)]
struct Counted(u8);

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        READ.fetch_add(1, Ordering::Relaxed);
        u8::deserialize(deserializer).map(Self)
    }
}

#[service(signatures = false)]
trait Silent {
    async fn swap(&self, counted: Counted) -> Counted;
    #[rpc(deadline = "10m", alias = "Silent.old", idempotent)]
    fn len(&self) -> u64;
}

#[service(signatures = true)]
trait Usual {
    fn len(&self) -> u64;
}

struct Store;

impl Silent for Store {
    async fn swap(&self, counted: Counted) -> Counted {
        counted
    }
    fn len(&self) -> u64 {
        1
    }
}

#[test]
fn without_signatures_no_code_of_the_types_runs() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("silent")).unwrap();
        let server = server.add_service(SilentServer::new(Store)).unwrap();
        let server = server.start().unwrap();
        let silent = SilentClient::dial(server.path()).await.unwrap();
        assert_eq!(silent.len().await.unwrap(), 1);
        assert!(SilentClient::signatures().is_empty());
        assert_eq!(READ.load(Ordering::Relaxed), 0);
        // They run for the argument and the result.
        assert_eq!(silent.swap(Counted(7)).await.unwrap(), Counted(7));
        assert_eq!(READ.load(Ordering::Relaxed), 2);
        drop(silent);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn signatures_exist_unless_turned_off() {
    assert_eq!(UsualClient::signatures().len(), 1);
}
