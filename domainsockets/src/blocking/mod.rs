//! Calls that wait, without a runtime. Needs the feature `blocking`.
//!
//! For programs that are not asynchronous, and for command line tools that are to start fast: without
//! the default feature `tokio` no runtime is even compiled. Servers are called that are of any kind;
//! there are none here.
//!
//! With the feature, `#[service]` makes `KvBlockingClient` of a trait `Kv`, with the methods of `KvClient`
//! as plain functions.
//!
//! # Examples
//!
//! ```
//! use domainsockets::service;
//!
//! #[service]
//! pub trait Adder {
//!     fn add(&self, one: u32, other: u32) -> u32;
//! }
//!
//! # struct Plain;
//! # impl Adder for Plain {
//! #     fn add(&self, one: u32, other: u32) -> u32 {
//! #         one + other
//! #     }
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let name = dir.path().join("adder");
//! # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
//! # let server = {
//! #     let _entered = runtime.enter();
//! #     domainsockets::Server::bind(&name)?.add_service(AdderServer::new(Plain))?.start()?
//! # };
//! let adder = AdderBlockingClient::dial(&name)?;
//! assert_eq!(adder.add(1, 2)?, 3);
//! # runtime.block_on(server.close());
//! # Ok(()) }
//! ```

mod block_on;
mod builder;
mod carrier;
mod client;
mod connection;
mod connection_slot;
mod dial;
#[cfg(feature = "tokio")]
mod local;
mod replies;
mod waiters;

use std::time::Instant;

#[doc(hidden)]
pub use block_on::block_on;
pub use builder::ClientBuilder;
pub use carrier::{Carrier, Layer, Reply};
pub use client::Client;
#[cfg(feature = "tokio")]
pub use local::Local;

/// Returns the time by the clock that runs while a thread waits: that of a paused runtime would not.
fn now() -> Instant {
    Instant::now()
}
