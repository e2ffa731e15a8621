//! JSON, by `serde_json`.

use std::io;

use serde::Serialize;
use serde::de::DeserializeSeed;

use super::bounded::TOO_DEEP;
use super::encode::compared;
use super::read_shape::ExpectedShape;
use super::{Codec, CodecError};

/// JSON: data that every language can write and read without the trait.
///
/// The data of a request are an object of the arguments by their names, such as `{"key": "a", "value": [1, 2]}`. An array
/// in the order of the arguments is read too, and no data at all are `{}`. An argument that is an `Option` may be left out.
/// Another missing argument, and an unknown one, is an error that names it. The data of a reply are the method's result.
/// A `Result` is `{"Ok": …}` or `{"Err": …}`.
///
/// Bytes are arrays of numbers (text is read as bytes too), unless the type says otherwise. JSON has no infinite numbers
/// and no `NaN`: they are refused. So is `Some(None)`, which would look like `None`. The keys of maps are text or numbers.
///
/// # Examples
///
/// ```
/// use domainsockets::codec::Json;
/// use domainsockets::{Client, Server, service};
///
/// #[service(codec = Json)]
/// pub trait Inventory {
///     async fn stock(&self, item: &str, at_least: Option<u32>) -> Result<u32, String>;
/// }
///
/// struct Shelf;
///
/// impl Inventory for Shelf {
///     async fn stock(&self, item: &str, at_least: Option<u32>) -> Result<u32, String> {
///         match item {
///             "M4 × 12\"" => Ok(at_least.unwrap_or(7)),
///             _ => Err(format!("there is no {item}")),
///         }
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("inventory");
/// let server = Server::bind(&name)?.add_service(InventoryServer::new(Shelf))?.start()?;
///
/// // With the trait:
/// let inventory = InventoryClient::dial(&name).await?;
/// assert_eq!(inventory.stock("M4 × 12\"", None).await.unwrap(), 7);
///
/// // Without the trait, as from any other language:
/// let client = Client::dial(&name).await?;
/// let reply = client.call("Inventory.stock", r#"{"item": "M4 × 12\""}"#).await?;
/// assert_eq!(reply, r#"{"Ok":7}"#);
/// let reply = client.call("Inventory.stock", r#"["a nail", 3]"#).await?;
/// assert_eq!(reply, r#"{"Err":"there is no a nail"}"#);
/// # server.close().await?;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Json;

impl Codec for Json {
    const NAMED: bool = true;
    const HAS_INFINITY: bool = false;

    fn encode<T: Serialize + ?Sized>(value: &T, out: impl io::Write) -> Result<(), CodecError> {
        compared::<Self, T, _>(value, ExpectedShape::UNKNOWN, |value| {
            Self::encode_compared(value, out)
        })
    }

    fn encode_compared<T: Serialize + ?Sized>(
        value: &T,
        out: impl io::Write,
    ) -> Result<(), CodecError> {
        serde_json::to_writer(out, value).map_err(CodecError::new)
    }

    fn decode_seed<'de, S: DeserializeSeed<'de>>(
        seed: S,
        bytes: &'de [u8],
    ) -> Result<S::Value, CodecError> {
        let mut input = serde_json::Deserializer::from_slice(bytes);
        let value = seed
            .deserialize(&mut input)
            .map_err(|error| words(&error))?;
        input.end().map_err(CodecError::new)?;
        Ok(value)
    }
}

/// Returns an error's words. Unknown fields are skipped by `serde_json`, whose own limit of depth has other words.
fn words(error: &serde_json::Error) -> CodecError {
    let text = error.to_string();
    if text.starts_with("recursion limit exceeded") {
        return CodecError::new(TOO_DEEP);
    }
    CodecError(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    use super::{Codec, CodecError, Json};

    fn encode<T: Serialize + ?Sized>(value: &T) -> String {
        let mut out = Vec::new();
        Json::encode(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn refused<T: for<'de> Deserialize<'de>>(text: &str) -> String {
        match Json::decode::<T>(text.as_bytes()) {
            Ok(_) => panic!("{text} is no such value"),
            Err(CodecError(reason)) => reason,
        }
    }

    #[test]
    fn encoding_is_serdes_own() {
        assert_eq!(
            encode(&Ok::<_, String>((1, "a\n", None::<u8>))),
            r#"{"Ok":[1,"a\n",null]}"#
        );
        assert_eq!(encode(&b"ab"[..]), "[97,98]");
        let value = BTreeMap::from([("key".to_owned(), Some(1.5))]);
        assert_eq!(Json::decode(encode(&value).as_bytes()), Ok(value));
        let mut out = Vec::new();
        assert!(Json::encode(&BTreeMap::from([((), 1)]), &mut out).is_err());
    }

    #[test]
    fn all_of_the_input_is_read() {
        assert_eq!(Json::decode::<u8>(b" 1 "), Ok(1));
        assert!(refused::<u8>("1 2").contains("trailing characters"));
        assert!(refused::<u8>("").contains("EOF"));
        assert!(refused::<u8>("256").contains("invalid value: integer `256`, expected u8"));
        assert!(Json::decode::<String>(b"\"\xff\"").is_err());
    }

    #[test]
    fn values_nest_only_so_deep() {
        #[derive(Debug, Serialize, Deserialize)]
        struct List(Vec<Self>);

        #[derive(Debug, Serialize, Deserialize)]
        enum Tree {
            Leaf,
            Node(Box<Self>),
        }

        /// What serde makes of this reads no byte for a level.
        #[derive(Debug, Serialize, Deserialize)]
        struct Endless(Option<Box<Self>>);

        let nested = |depth| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(Json::decode::<List>(nested(50).as_bytes()).is_ok());
        refused::<List>(&nested(1 << 20));
        let nested = |depth| {
            [
                r#"{"Node":"#.repeat(depth),
                "\"Leaf\"".to_owned(),
                "}".repeat(depth),
            ]
            .concat()
        };
        assert!(Json::decode::<Tree>(nested(50).as_bytes()).is_ok());
        refused::<Tree>(&nested(1 << 20));
        assert!(refused::<Endless>("1").contains("values nest too deep"));
    }
}
