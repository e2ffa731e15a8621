//! Codecs: how arguments and results are written as bytes. The default is [`Bincode`].
//!
//! ```
//! # #[cfg(feature = "json")]
//! # mod json {
//! use domainsockets::codec::Json;
//! use domainsockets::service;
//!
//! #[service(codec = Json)]
//! pub trait Inventory {
//!     async fn stock(&self, item: &str) -> Option<u32>;
//! }
//! # }
//! ```
//!
//! | codec | crate feature | data of a request | data of a reply |
//! |---|---|---|---|
//! | [`Bincode`] | `bincode`, on by default | the tuple of the arguments | the result |
//! | `Json` | `json` | an object of the arguments by their names, or an array of them | the result |
//! | `MessagePack` | `messagepack` | the same as a map, or an array | the result |
//! | a custom [`Codec`] | – | a tuple or a struct, by [`Codec::NAMED`] | the result |
//!
//! The codec is part of the trait, so both sides use the same one. A server and a client can have services with different
//! codecs. [`docs::codecs`](crate::docs::codecs) compares them, and says what each attribute of serde does.
//!
//! # Example: a custom codec
//!
//! This codec writes the version of the program's types in front of each value, and refuses any other version:
//!
//! ```
//! use std::io::Write;
//!
//! use domainsockets::codec::{Bincode, Codec, CodecError};
//! use domainsockets::{Client, Error, Server, service};
//! use serde::Serialize;
//! use serde::de::DeserializeSeed;
//!
//! pub struct Versioned;
//!
//! const VERSION: u8 = 3;
//!
//! impl Codec for Versioned {
//!     fn encode<T: Serialize + ?Sized>(value: &T, mut out: impl Write) -> Result<(), CodecError> {
//!         out.write_all(&[VERSION]).map_err(CodecError::new)?;
//!         Bincode::encode(value, out)
//!     }
//!
//!     fn decode_seed<'de, S: DeserializeSeed<'de>>(
//!         seed: S,
//!         bytes: &'de [u8],
//!     ) -> Result<S::Value, CodecError> {
//!         match bytes.split_first() {
//!             Some((&VERSION, bytes)) => Bincode::decode_seed(seed, bytes),
//!             Some((other, _)) => Err(CodecError::new(format_args!("of version {other}"))),
//!             None => Err(CodecError::new("without a version")),
//!         }
//!     }
//! }
//!
//! #[service(codec = Versioned)]
//! pub trait Clock {
//!     async fn advance(&self, by: u64) -> u64;
//! }
//! #
//! # struct Now;
//! #
//! # impl Clock for Now {
//! #     async fn advance(&self, by: u64) -> u64 {
//! #         by + 1
//! #     }
//! # }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let name = dir.path().join("clock");
//! # let server = Server::bind(&name)?.add_service(ClockServer::new(Now))?.start()?;
//! let clock = ClockClient::dial(&name).await?;
//! assert_eq!(clock.advance(6).await?, 7);
//!
//! let client = Client::dial(&name).await?;
//! assert_eq!(client.call("Clock.advance", vec![3, 6]).await?, vec![3, 7]);
//! let refused = client.call("Clock.advance", vec![2, 6]).await;
//! assert!(matches!(refused, Err(Error::Codec(text)) if text == "arguments: of version 2"));
//! # server.close().await?;
//! # Ok(()) }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
//! # .map_err(|error| error.to_string())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod arena;
pub(crate) mod arguments;
#[cfg(feature = "bincode")]
mod bincode;
mod bounded;
pub(crate) mod bytes;
mod codec_trait;
pub(crate) mod decode;
mod encode;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "messagepack")]
mod messagepack;
mod read_shape;
mod scratch;
mod shared_bytes;
pub(crate) mod trailing_bytes;
mod write_check;

#[cfg(feature = "bincode")]
pub use bincode::Bincode;
pub use codec_trait::{Codec, CodecError};
pub(crate) use decode::decode;
pub(crate) use encode::{encode, encode_arguments};
#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "messagepack")]
pub use messagepack::MessagePack;
#[cfg(test)]
pub(crate) use read_shape::ExpectedShape;
pub(crate) use read_shape::{
    EnumShape, FieldShape, PartCount, ReadShape, ReadShapes, RecordShape, RootShape, ScalarKind,
    StandardType, VariantShape,
};
// Errors about the types of a service name these traits by this path where a program does not depend on serde.
#[doc(hidden)]
pub use serde::{Deserialize, Serialize};
