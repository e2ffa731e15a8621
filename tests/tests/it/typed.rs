//! The typed layer over real sockets: H-2 and H-9. What the attribute accepts and refuses is tested
//! elsewhere.

use std::fmt;

use domainsockets::{CallError, Client, Error, Server};
use serde::{Deserialize, Serialize};
use tests::guard;
use tests::scratch::Scratch;

/// A structure without type parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Item {
    name: String,
    tags: Vec<String>,
    size: Option<u64>,
}

/// A method's own error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Refusal {
    Empty,
    TooLong { len: u64 },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[domainsockets::service]
trait First {
    /// No argument and no result.
    async fn nothing(&self);
    /// One argument, a plain result.
    async fn describe(&self, item: &Item) -> String;
    /// Three arguments, a result that may be an error.
    async fn join(&self, left: &str, right: &str, times: u8) -> Result<String, Refusal>;
    /// A method that needs no future.
    fn length(&self, bytes: &[u8]) -> u64;
}

#[domainsockets::service]
trait Second {
    /// Has the name of a method of the other service.
    async fn describe(&self, number: i32) -> Item;
}

struct Shop;

impl First for Shop {
    async fn nothing(&self) {}

    async fn describe(&self, item: &Item) -> String {
        format!("{item:?}")
    }

    async fn join(&self, left: &str, right: &str, times: u8) -> Result<String, Refusal> {
        match (left.len() + right.len()) as u64 * u64::from(times) {
            0 => Err(Refusal::Empty),
            len @ 100.. => Err(Refusal::TooLong { len }),
            _ => Ok(format!("{left}{right}").repeat(times.into())),
        }
    }

    fn length(&self, bytes: &[u8]) -> u64 {
        bytes.len() as u64
    }
}

struct Depot;

impl Second for Depot {
    async fn describe(&self, number: i32) -> Item {
        Item {
            name: number.to_string(),
            tags: Vec::new(),
            size: None,
        }
    }
}

#[test]
fn h02_empty_unary_typed() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("server")).unwrap();
        let server = server.add_service(FirstServer::new(Shop)).unwrap();
        let server = server.start().unwrap();
        let first = FirstClient::dial(server.path()).await.unwrap();
        let () = first.nothing().await.unwrap();
        drop(first);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn h09_macro_trait() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("server"))
            .unwrap()
            .add_service(FirstServer::new(Shop))
            .unwrap()
            .add_service(SecondServer::new(Depot))
            .unwrap()
            .start()
            .unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        let (first, second) = (
            FirstClient::new(client.clone()),
            SecondClient::new(client.clone()),
        );

        first.nothing().await.unwrap();
        let item = Item {
            name: "π".to_owned(),
            tags: vec!["a".to_owned(), String::new()],
            size: Some(u64::MAX),
        };
        assert_eq!(first.describe(&item).await.unwrap(), format!("{item:?}"));
        assert_eq!(first.join("ab", "c", 3).await.unwrap(), "abcabcabc");
        let refused = first.join("", "", 3).await.unwrap_err();
        assert!(matches!(refused, CallError::Method(Refusal::Empty)));
        let refused = first.join("ab", "cd", 25).await.unwrap_err();
        assert!(matches!(
            refused,
            CallError::Method(Refusal::TooLong { len: 100 })
        ));
        assert_eq!(first.length(&vec![0; 300_000]).await.unwrap(), 300_000);
        // The same name in two services is two methods.
        assert_eq!(second.describe(-7).await.unwrap().name, "-7");

        let wrong = client.call("First.join", "no arguments").await.unwrap_err();
        assert!(matches!(wrong, Error::Codec(_)), "{wrong:?}");
        drop((first, second, client));
        server.close().await.unwrap();
        scratch.leak_check();
    });
}
