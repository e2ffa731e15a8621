//! A stand-in for the Go package where the package itself is not available: threads and blocking sockets
//! with exactly the limits that were measured on it. It is a peer to test against, not one to use.
//!
//! Where Go retries without an end, the stand-in does so until the test ends it.

mod client;
mod decode;
mod replies;
mod server;

pub use client::{GoCall, GoClient, GoError};
pub use replies::Outcome;
pub use server::{GoServer, GoServerBuilder, Record};

/// What one read of a Go peer takes of a datagram. The kernel discards the rest.
pub const WINDOW: usize = 4096;

/// The first id that a Go peer cannot write. It crashes.
const ID_END: u64 = 1 << 56;

#[cfg(test)]
mod tests;
