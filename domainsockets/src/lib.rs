//! Typed RPC between processes on one Linux machine, over Unix datagram sockets.
//!
//! A trait is the service. [`#[service]`](macro@service) generates a server adapter and a client stub from
//! it. Underneath lies the raw [`Client::call`] over the wire protocol of the Go package `domainsockets`
//! v1.0.2, unchanged, so Go and Rust processes call each other without configuration.
//!
//! # Example
//!
//! A complete program, with the daemon and its caller in one process:
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! use domainsockets::{Server, service};
//!
//! #[service]
//! pub trait Counter {
//!     /// Adds `n` to the count, and returns the new count.
//!     async fn add(&self, n: u64) -> u64;
//! }
//!
//! struct Total(AtomicU64);
//!
//! impl Counter for Total {
//!     async fn add(&self, n: u64) -> u64 {
//!         self.0.fetch_add(n, Ordering::Relaxed) + n
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // A file in the temp dir. The process ID keeps two runs of this program apart.
//!     let name = format!("counter-{}", std::process::id());
//!     let server = Server::bind(&name)?.add_service(CounterServer::new(Total(0.into())))?.start()?;
//!
//!     let counter = CounterClient::dial(&name).await?; // usually in another process
//!     assert_eq!(counter.add(2).await?, 2);
//!     assert_eq!(counter.add(40).await?, 42);
//!
//!     server.close().await?;
//!     Ok(())
//! }
//! ```
//!
//! # Start here
//!
//! | to do this | read |
//! |---|---|
//! | write a daemon and its command line tool | [the guide](docs::guide) |
//! | look up what a trait may contain | [`#[service]`](macro@service) |
//! | handle an error | [errors](docs::errors), [`Error`], [`CallError`], [`ServeError`] |
//! | run the daemon under systemd or in a container | [operations](docs::operations) |
//! | change a trait that is deployed | [versioning](docs::versioning), [`signature`] |
//! | look up a limit, its default and what happens at it | [limits](docs::limits) |
//! | choose another codec, or write one | [codecs](docs::codecs), [`codec`] |
//! | call a Go program, or be called by one | [Go](docs::go) |
//! | call from another language | [the protocol](docs::protocol) |
//! | know what is promised, and against which attackers | [guarantees](docs::guarantees) |
//! | work on the library itself | [architecture](docs::architecture) |
//!
//! # The main types
//!
//! * [`Server`] binds a name and holds handlers: those of a trait by [`add_service`](Server::add_service),
//!   raw ones by [`register`](Server::register). [`ServerHandle`] is a running server.
//! * [`Client`] is a connection. Clones share it, and any number of calls can be in flight on it. A stub
//!   works over a `Client` and over every other [`Carrier`]: a [`Local`] service in the same process, a
//!   [`Layer`] around another carrier, a carrier of your own.
//! * [`CallOptions`] are the options of one call: deadline, metadata, cancelling, retrying.
//! * [`Context`] tells a handler who calls, with which metadata, and until when.
//! * [`Allow`] says which users may call.
//!
//! A server or client belongs to the tokio runtime in which it was started.
//!
//! # Crate features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `tokio` | yes | servers, and clients whose calls are futures |
//! | `bincode` | yes | the default codec; without it every service has to name a codec |
//! | `blocking` | | the module `blocking`, and a `KvBlockingClient` for each service `Kv`. Without `tokio`, no runtime is compiled |
//! | `json` | | the codec `codec::Json`, for callers in other languages |
//! | `messagepack` | | the codec `codec::MessagePack`, likewise |
//! | `systemd` | | the module `systemd`: socket activation and readiness notification |
//! | `test` | | the module `test`: a client and a server connected in memory, mocks, and fault injection. It adds a branch to every send and receive, so turn it on in `[dev-dependencies]` only |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "tokio"),
    allow(
        dead_code,
        unused_imports,
        reason = "what both sides share is used by servers and futures"
    )
)]

#[cfg(not(target_os = "linux"))]
compile_error!(
    "domainsockets works on Linux only: it needs the kernel's credentials of a sender, pidfds and abstract \
     Unix sockets"
);

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
// The pages' examples use every feature, so they run only with all of them, as in the workspace's tests.
#[cfg(all(
    doc,
    any(
        not(doctest),
        all(
            feature = "blocking",
            feature = "json",
            feature = "messagepack",
            feature = "systemd",
            feature = "test"
        )
    )
))]
pub mod docs;
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
/// # Example: callers in other languages
///
/// The codecs of the crate features `json` and `messagepack` write the names of arguments, which a request may
/// have in any order.
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
/// // The stub does not differ from others.
/// assert_eq!(VolumeClient::dial(&name).await?.set(40, None).await.unwrap(), 40);
///
/// // A caller without a stub sends an object.
/// let client = Client::dial(&name).await?;
/// assert_eq!(client.call("Volume.set", r#"{"percent": 70}"#).await?, r#"{"Ok":70}"#);
/// let reply = client.call("Volume.set", r#"{"channel": "left", "percent": 70}"#).await?;
/// assert_eq!(reply, r#"{"Err":"no channel left"}"#);
/// # server.close().await?;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub use domainsockets_macros::service;

#[cfg(any(feature = "tokio", feature = "blocking"))]
pub use allow::Allow;
pub use call::{
    BoxCarrier, Call, CallOptions, Canceller, Carrier, Completion, DynCarrier, Layer, Layered,
    Reply, With,
};
pub use error::{CallError, Error, ServeError};
pub use peer::Peer;
pub use request::{ConnectionHandle, Context, Origin, RemoteName, Request};
pub use wire::Payload;
#[cfg(feature = "tokio")]
pub use {
    client::{Client, ClientBuilder, Reconnect},
    local::Local,
    server::{Server, ServerBuilder, ServerHandle, Service},
    stats::{ClientStats, ServerStats},
};

/// What code generated by [`service`](macro@service) calls. Not covered by any promise.
#[doc(hidden)]
pub mod __private {
    pub use bytes::Bytes;

    pub use crate::call::{Method, list};
    pub use crate::codec::arena::Arena;
    pub use crate::codec::arguments::{ArgumentTypes, ReadArguments, WriteArguments};
    pub use crate::codec::bytes::{AsBytes, ByteValue};
    pub use crate::codec::decode::ArgumentMemory;
    #[cfg(feature = "bincode")]
    pub use crate::codec::decode::NoArena;
    pub use crate::codec::trailing_bytes::TrailingBytes;
    pub use crate::codegen::typed::{
        ArgumentTuple, ArgumentTupleFallback, CodecFallback, CodecOf, RawArgument,
        RawArgumentFallback, StubCalls, StubCallsFallback, Written,
    };
    #[cfg(feature = "blocking")]
    pub use crate::codegen::typed::{BlockingStubCalls, BlockingStubCallsFallback};
    pub use crate::codegen::{
        CallContext, Fallible, KnownType, RawValue, Referent, StdPath, UnknownType, context,
        std_path,
    };
    pub use crate::signature::lazy::{TypeOf, TypeOfFallback, TypeSource};
    pub use crate::{
        __domainsockets_import_fallbacks as import_fallbacks,
        __domainsockets_with_blocking as with_blocking,
        __domainsockets_with_default_codec as with_default_codec,
        __domainsockets_with_tokio as with_tokio,
    };
    #[cfg(feature = "tokio")]
    pub use crate::{
        codegen::{
            blocking,
            typed::{
                RawRequest, RawRequestFallback, RawResult, RawResultFallback, Requests,
                RequestsFallback, Results, ResultsFallback, TakenContext, TakenContextFallback,
            },
            unless_shutting_down,
        },
        request::Request,
        server::{Failure, Methods},
    };
}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
