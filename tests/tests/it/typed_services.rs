//! Typed services over real sockets. What the attribute accepts and refuses is tested in `tests/macros`.

use std::fmt;

use domainsockets::{Bytes, CallError, Client, Error, service};
use serde::{Deserialize, Serialize};
use tests::watchdog;

use crate::support::Served;

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
    /// Takes no argument and returns nothing.
    async fn nothing(&self);
    /// Takes one argument and returns a plain value.
    async fn describe(&self, item: &Item) -> String;
    /// Takes three arguments and returns a `Result`.
    async fn join(&self, left: &str, right: &str, times: u8) -> Result<String, Refusal>;
    /// Is not async.
    fn length(&self, bytes: &[u8]) -> u64;
}

#[domainsockets::service]
trait Second {
    /// Has the same name as a method of the other service.
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
fn h02_method_without_arguments_and_result_is_called() {
    watchdog::run(|| async {
        let served = Served::new(FirstServer::new(Shop));
        let first = FirstClient::dial(served.path()).await.unwrap();
        let () = first.nothing().await.unwrap();
        drop(first);
        served.end().await;
    });
}

#[test]
fn h09_two_services_share_a_connection() {
    watchdog::run(|| async {
        let served = Served::with(|server| {
            let server = server.add_service(FirstServer::new(Shop)).unwrap();
            server.add_service(SecondServer::new(Depot)).unwrap()
        });
        let client = Client::dial(served.path()).await.unwrap();
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
        // Two services may have methods with the same name.
        assert_eq!(second.describe(-7).await.unwrap().name, "-7");

        let wrong = client.call("First.join", "no arguments").await.unwrap_err();
        assert!(matches!(wrong, Error::Codec(_)), "{wrong:?}");
        drop((first, second, client));
        served.end().await;
    });
}

#[service]
trait Blobs {
    async fn shared(&self, data: Bytes) -> Bytes;
    async fn owned(&self, data: Vec<u8>) -> Vec<u8>;
    async fn borrowed(&self, name: &str, data: &[u8]) -> Option<Vec<u8>>;
    async fn in_front(&self, data: Bytes, times: u32) -> Result<Option<Bytes>, String>;
    async fn two(&self, first: Bytes, second: Bytes) -> (Vec<u8>, Vec<u8>);
}

struct Mirror;

impl Blobs for Mirror {
    async fn shared(&self, data: Bytes) -> Bytes {
        data
    }

    async fn owned(&self, data: Vec<u8>) -> Vec<u8> {
        data
    }

    async fn borrowed(&self, name: &str, data: &[u8]) -> Option<Vec<u8>> {
        (name == "yes").then(|| data.to_vec())
    }

    async fn in_front(&self, data: Bytes, times: u32) -> Result<Option<Bytes>, String> {
        match times {
            0 => Err("never".to_owned()),
            1 => Ok(Some(data)),
            _ => Ok(None),
        }
    }

    async fn two(&self, first: Bytes, second: Bytes) -> (Vec<u8>, Vec<u8>) {
        (second.to_vec(), first.to_vec())
    }
}

#[test]
fn byte_arguments_and_results_of_every_size_are_carried() {
    watchdog::run(|| async {
        let served = Served::new(BlobsServer::new(Mirror));
        let blobs = BlobsClient::dial(served.path()).await.unwrap();
        // Sizes around the limits where bytes are copied, shared, split across datagrams, and collected
        // in reused memory.
        for size in [
            0, 1, 250, 4095, 4096, 4097, 65_530, 65_536, 1_000_000, 4_194_000,
        ] {
            let data: Bytes = (0..size)
                .map(|n: u32| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
                .collect();
            assert_eq!(blobs.shared(data.clone()).await.unwrap(), data);
            assert_eq!(blobs.owned(data.to_vec()).await.unwrap(), data);
            assert_eq!(blobs.borrowed("yes", &data).await.unwrap().unwrap(), data);
            assert_eq!(blobs.borrowed("no", &data).await.unwrap(), None);
            assert_eq!(
                blobs.in_front(data.clone(), 1).await.unwrap(),
                Some(data.clone())
            );
            assert_eq!(blobs.in_front(data.clone(), 2).await.unwrap(), None);
            let refused = blobs.in_front(data.clone(), 0).await.unwrap_err();
            assert!(matches!(refused, CallError::Method(text) if text == "never"));
            let half = data.slice(..data.len() / 2);
            let (second, first) = blobs.two(half.clone(), half.clone()).await.unwrap();
            assert_eq!(
                (first.as_slice(), second.as_slice()),
                (&half[..], &half[..])
            );
        }
        drop(blobs);
        served.end().await;
    });
}
