//! Typed RPC between processes of one machine, over Unix datagram sockets.
//!
//! A trait is the service: [`service`](macro@service) makes an adapter for the server and a stub
//! for the client of it. Underneath lies the raw [`Client::call`], over the unchanged wire protocol
//! of the Go package `domainsockets` v1.0.2.
//!
//! # Example
//!
//! ```
//! use domainsockets::{Server, service};
//!
//! #[service]
//! pub trait Counter {
//!     /// Adds to the count, and returns it.
//!     async fn add(&self, n: u64) -> u64;
//! }
//!
//! struct Total(std::sync::atomic::AtomicU64);
//!
//! impl Counter for Total {
//!     async fn add(&self, n: u64) -> u64 {
//!         self.0.fetch_add(n, std::sync::atomic::Ordering::Relaxed) + n
//!     }
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let name = dir.path().join("counter");
//! let server = Server::bind(&name)?.add_service(CounterServer::new(Total(0.into())))?.start()?;
//!
//! let counter = CounterClient::dial(&name).await?;
//! assert_eq!(counter.add(2).await?, 2);
//! assert_eq!(counter.add(40).await?, 42);
//!
//! server.close().await;
//! # Ok(()) }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
//! # .map_err(|error| error.to_string())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Overview
//!
//! * [`Server`] binds a name and has handlers: raw ones by [`register`](Server::register), those of
//!   a trait by [`add_service`](Server::add_service). [`ServerHandle`] is a running one.
//! * [`Client`] is a connection; clones share it. A stub is made over it, or over anything else
//!   that is a [`Carrier`].
//! * [`Error`] says how a call failed, [`CallError`] keeps a method's own error apart from that,
//!   [`ServeError`] says why a server could not be set up.
//! * [`codec`] has the ways in which arguments and results are written, for services that are called
//!   from other languages, and for codecs of one's own.
//! * [`signature`] tells what the methods of a service take and return, and holds a service to what was
//!   released.
//! * [`wire`] has the messages themselves.
//!
//! Servers and clients belong to the tokio runtime that they were started in.
//!
//! # Crate features
//!
//! * **tokio**, on by default: servers, and clients whose calls are futures.
//! * **blocking**: the module `blocking`, clients whose calls wait, and a `KvBlockingClient` for each
//!   service. Without the default feature no runtime is compiled.
//! * **json**, **messagepack**: the codecs `codec::Json` and `codec::MessagePack`, for services that are
//!   called from other languages with named values. They bring `serde_json` and `rmp-serde` along, which
//!   programs without such services need not compile.
//! * **systemd**: sockets that systemd binds, and telling it how far the server is, for daemons that are
//!   started when they are called first. It brings two small crates along.
//! * **test**: the module `test`, a client and a server joined in memory, for tests
//!   that decide when a peer dies, stops reading, or cannot be sent to. It is a feature because it puts
//!   a choice in front of every send and receive, which programs do not need.

#![cfg_attr(
    not(feature = "tokio"),
    allow(
        dead_code,
        unused_imports,
        reason = "what both sides share is used by servers and futures"
    )
)]

#[cfg(any(feature = "tokio", feature = "blocking"))]
mod allow;
#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
#[cfg(feature = "tokio")]
mod client;
pub mod codec;
mod codegen;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod dial;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod driver;
mod error;
mod limits;
#[cfg(feature = "tokio")]
mod local;
mod peer;
mod proto;
mod request;
#[cfg(feature = "tokio")]
mod server;
pub mod signature;
#[cfg(feature = "tokio")]
mod stats;
#[cfg(feature = "systemd")]
pub mod systemd;
#[cfg(feature = "test")]
pub mod test;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod transport;
pub mod wire;

pub use bytes::Bytes;
#[doc = include_str!("../docs/service.md")]
///
/// # Example: called from other languages
///
/// With the crate feature `json` a service can speak JSON, with `messagepack` MessagePack, and any type
/// that is a [`Codec`](codec::Codec) can be one. Arguments then have names, and may come in any order.
///
#[cfg_attr(feature = "json", doc = "```")]
#[cfg_attr(not(feature = "json"), doc = "```ignore")]
/// use domainsockets::codec::Json;
/// use domainsockets::{Client, Server, service};
///
/// #[service(codec = Json)]
/// pub trait Volume {
///     async fn set(&self, percent: u8, channel: Option<&str>) -> Result<u8, String>;
/// }
/// #
/// # struct Amplifier;
/// #
/// # impl Volume for Amplifier {
/// #     async fn set(&self, percent: u8, channel: Option<&str>) -> Result<u8, String> {
/// #         match channel {
/// #             None => Ok(percent),
/// #             Some(channel) => Err(format!("no channel {channel}")),
/// #         }
/// #     }
/// # }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("volume");
/// # let server = Server::bind(&name)?.add_service(VolumeServer::new(Amplifier))?.start()?;
/// // The stub is as any other.
/// assert_eq!(VolumeClient::dial(&name).await?.set(40, None).await.unwrap(), 40);
///
/// // Whoever has no stub writes an object.
/// let client = Client::dial(&name).await?;
/// assert_eq!(client.call("Volume.set", r#"{"percent": 70}"#).await?, r#"{"Ok":70}"#);
/// let reply = client.call("Volume.set", r#"{"channel": "left", "percent": 70}"#).await?;
/// assert_eq!(reply, r#"{"Err":"no channel left"}"#);
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub use domainsockets_macros::service;

#[cfg(any(feature = "tokio", feature = "blocking"))]
pub use allow::Allow;
pub use call::{CallOptions, Carrier, With};
pub use error::{CallError, Error, ServeError};
pub use peer::Peer;
pub use request::Context;
#[cfg(feature = "tokio")]
pub use {
    client::{Client, ClientBuilder, Reconnect},
    local::Local,
    request::Request,
    server::{Server, ServerBuilder, ServerHandle, Service},
    stats::{ClientStats, ServerStats},
};

/// What code generated by [`service`](macro@service) calls. Not covered by any promise.
#[doc(hidden)]
pub mod __private {
    pub use bytes::Bytes;

    #[cfg(feature = "blocking")]
    pub use crate::blocking::block_on;
    pub use crate::call::{Method, list};
    pub use crate::codec::arena::Arena;
    pub use crate::codec::arguments::{ArgumentTypes, ReadArguments, WriteArguments};
    pub use crate::codec::bytes::{AsBytes, ByteValue};
    pub use crate::codegen::*;
    pub use crate::signature::lazy::{Made, MakeUp, Unmade};
    #[cfg(feature = "tokio")]
    pub use crate::{
        request::Request,
        server::{Failure, Methods},
    };
}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
