//! Which users may call which method.

use domainsockets::{CallError, Error, ServeError, Server, service};
use tests::scratch::Scratch;
use tests::watchdog;

/// A user that does not run tests.
const STRANGER: u32 = 4_000_000_000;

#[service(allow(uid = 4_000_000_000))]
trait Vault {
    fn open(&self) -> u8;
    #[rpc(allow(own_user))]
    fn knock(&self) -> u8;
    #[rpc(allow(anyone))]
    fn colour(&self) -> u8;
    #[rpc(name = "Take", allow(gid = 4_000_000_000, uid = 4_000_000_000))]
    async fn take(&self, what: &str) -> Result<u8, String>;
}

struct Steel;

impl Vault for Steel {
    fn open(&self) -> u8 {
        unreachable!("only user {STRANGER} may call this")
    }
    fn knock(&self) -> u8 {
        1
    }
    fn colour(&self) -> u8 {
        2
    }
    async fn take(&self, _what: &str) -> Result<u8, String> {
        unreachable!("only user {STRANGER} may call this")
    }
}

#[test]
fn methods_admit_the_users_that_they_name() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("vault"))
            .unwrap()
            .add_service(VaultServer::new(Steel))
            .unwrap()
            .start()
            .unwrap();
        let vault = VaultClient::dial(server.path()).await.unwrap();

        assert_eq!(vault.knock().await.unwrap(), 1);
        assert_eq!(vault.colour().await.unwrap(), 2);
        match vault.open().await {
            Err(Error::PermissionDenied { handler }) => assert_eq!(handler, "Vault.open"),
            other => panic!("the trait's rule was not applied: {other:?}"),
        }
        match vault.take("gold").await {
            Err(CallError::Call(Error::PermissionDenied { handler })) => {
                assert_eq!(handler, "Take");
            }
            other => panic!("the method's own rule was not applied: {other:?}"),
        }
        // The refusal has not closed the connection.
        assert_eq!(vault.knock().await.unwrap(), 1);
        drop(vault);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[service]
trait Misspelt {
    #[rpc(allow(root, user = "no-such-user"))]
    fn get(&self) -> u8;
}

impl Misspelt for Steel {
    fn get(&self) -> u8 {
        3
    }
}

#[test]
fn a_service_that_allows_an_unknown_user_cannot_be_served() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let added = Server::bind(scratch.path("vault"))
            .unwrap()
            .add_service(MisspeltServer::new(Steel));
        match added {
            Err(ServeError::UnknownAccount { name }) => assert_eq!(name, "no-such-user"),
            other => panic!("a rule for a user that does not exist: {other:?}"),
        }
        scratch.leak_check();
    });
}
