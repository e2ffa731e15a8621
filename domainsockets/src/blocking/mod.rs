//! Blocking clients, without a runtime. Needs the feature `blocking`.
//!
//! They are for programs that are not asynchronous, and for command-line tools that start fast: without the
//! default feature `tokio`, Cargo compiles no runtime at all. They call every server of this protocol, Rust
//! or Go. Servers themselves need the feature `tokio`.
//!
//! For a trait `Kv`, `#[service]` generates a `KvBlockingClient`, with the methods of `KvClient` as plain
//! functions. [`Client`] makes raw calls.
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

#[cfg(feature = "tokio")]
mod block_on;
mod builder;
mod carrier;
mod client;
mod connection;
mod connection_slot;
mod connection_state;
mod dial;
mod late_replies;
#[cfg(feature = "tokio")]
mod local;
mod replies;
mod waiters;

use std::time::Instant;

pub use builder::ClientBuilder;
pub use carrier::{Carrier, Layer, Reply};
pub use client::Client;
#[cfg(feature = "tokio")]
pub use local::Local;

/// Returns the time by the system's clock. A paused tokio clock would stand still while a thread blocks.
fn now() -> Instant {
    Instant::now()
}
