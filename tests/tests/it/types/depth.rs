//! Readers and writers of values have the same limit of nesting, and report it with the same text.

use domainsockets::codec::{Bincode, Codec, CodecError, Json, MessagePack};
use domainsockets::{Error, service};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum List {
    End,
    Newtype(Box<Self>),
    Tuple(u8, Box<Self>),
    Struct { next: Box<Self> },
    Many(Vec<Self>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    next: Option<Box<Self>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(Vec<Self>);

const TOO_DEEP: &str = "values nest too deep";

/// A type that is serialized, but not compared.
struct Custom;

impl Codec for Custom {
    const NAMED: bool = true;

    fn encode<T: Serialize + ?Sized>(
        value: &T,
        out: impl std::io::Write,
    ) -> Result<(), CodecError> {
        Json::encode(value, out)
    }

    fn decode_seed<'de, S: serde::de::DeserializeSeed<'de>>(
        seed: S,
        bytes: &'de [u8],
    ) -> Result<S::Value, CodecError> {
        Json::decode_seed(seed, bytes)
    }
}

macro_rules! services {
    ($($trait:ident $codec:ident $client:ident;)*) => {
        $(
            #[service(codec = $codec)]
            trait $trait {
                async fn list(&self, list: List) -> List;
                async fn make(&self, depth: usize) -> List;
            }

            impl $trait for Echo {
                async fn list(&self, list: List) -> List { list }
                async fn make(&self, depth: usize) -> List { nested(List::End, depth, LINKS[0]) }
            }
        )*

        async fn calls() {
            $({
                let client = $client::local(Echo).unwrap();
                let list = nested(List::End, 50, LINKS[0]);
                assert_eq!(client.list(list.clone()).await.unwrap(), list);
                assert_eq!(client.make(50).await.unwrap(), list);
                let error = client.list(nested(List::End, 1000, LINKS[0])).await;
                assert!(
                    matches!(&error, Err(Error::Codec(text)) if text.starts_with("arguments: `list`: ") && text.ends_with(TOO_DEEP)),
                    "{error:?}"
                );
                let error = client.make(1000).await;
                assert!(
                    matches!(&error, Err(Error::Codec(text)) if text.starts_with("result: ") && text.ends_with(TOO_DEEP)),
                    "{error:?}"
                );
            })*
        }
    };
}

services! {
    InBincode Bincode InBincodeClient;
    InJson Json InJsonClient;
    InMessagePack MessagePack InMessagePackClient;
    InCustom Custom InCustomClient;
}

struct Echo;

const LINKS: [fn(List) -> List; 4] = [
    |list| List::Newtype(Box::new(list)),
    |list| List::Tuple(1, Box::new(list)),
    |list| List::Struct {
        next: Box::new(list),
    },
    |list| List::Many(vec![list]),
];

fn nested<T>(end: T, depth: usize, link: impl Fn(T) -> T) -> T {
    (0..depth).fold(end, |value, _| link(value))
}

/// Asserts which depths can be written, that those can be read, and that others are refused with the
/// same text.
fn check<X: Codec, T: Serialize + DeserializeOwned + PartialEq>(
    value: impl Fn(usize) -> T,
) -> usize {
    let mut deepest = 0;
    for depth in 1..200 {
        let value = value(depth);
        let mut data = Vec::new();
        match X::encode(&value, &mut data) {
            Ok(()) => {
                assert_eq!(deepest, depth - 1, "a less deep value was refused");
                deepest = depth;
                assert!(X::decode::<T>(&data).unwrap() == value);
            }
            Err(error) => assert_eq!(error.to_string(), TOO_DEEP),
        }
    }
    deepest
}

fn check_all<X: Codec>() {
    for link in LINKS {
        assert!(40 < check::<X, _>(|depth| nested(List::End, depth, link)));
    }
    let end = Node { next: None };
    let link = |node| Node {
        next: Some(Box::new(node)),
    };
    assert!(40 < check::<X, _>(|depth| nested(end.clone(), depth, link)));
    let link = |wrapped| Wrapped(vec![wrapped]);
    assert!(40 < check::<X, _>(|depth| nested(Wrapped(Vec::new()), depth, link)));
}

#[test]
fn values_that_can_be_written_can_be_read_at_every_depth() {
    check_all::<Bincode>();
    check_all::<Json>();
    check_all::<MessagePack>();
}

/// A reader refuses a value that nests one level deeper than a writer allows.
#[test]
fn readers_and_writers_have_the_same_limit() {
    let deepest = check::<Bincode, _>(|depth| nested(List::End, depth, LINKS[0]));
    let data = |depth| [vec![1; depth], vec![0]].concat();
    assert!(Bincode::decode::<List>(&data(deepest)).is_ok());
    let error = Bincode::decode::<List>(&data(deepest + 1)).unwrap_err();
    assert_eq!(error.to_string(), TOO_DEEP);

    let deepest = check::<Json, _>(|depth| nested(List::End, depth, LINKS[0]));
    let data = |depth| {
        let (begin, end) = (r#"{"Newtype":"#.repeat(depth), "}".repeat(depth));
        format!("{begin}\"End\"{end}")
    };
    assert!(Json::decode::<List>(data(deepest).as_bytes()).is_ok());
    let error = Json::decode::<List>(data(deepest + 1).as_bytes()).unwrap_err();
    assert!(error.to_string().starts_with(TOO_DEEP), "{error}");

    let deepest = check::<MessagePack, _>(|depth| nested(List::End, depth, LINKS[0]));
    let data = |depth| [b"\x81\xa7Newtype".repeat(depth), b"\xa3End".to_vec()].concat();
    assert!(MessagePack::decode::<List>(&data(deepest)).is_ok());
    let error = MessagePack::decode::<List>(&data(deepest + 1)).unwrap_err();
    assert_eq!(error.to_string(), TOO_DEEP);
}

#[tokio::test]
async fn a_list_of_a_thousand_is_refused_by_its_sender() {
    calls().await;
}
