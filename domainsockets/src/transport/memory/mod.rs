//! The in-memory transport, for tests: connections within a process, with queues that behave as the kernel's do.
//!
//! It needs the feature `test`. With it the types of the transport are the `Any` types of this folder, without it
//! those of real sockets.

mod endpoints;
mod fault;
mod link;
mod queue;
#[cfg(test)]
mod tests;

pub(crate) use endpoints::{AnyProcess, AnyReceiver, AnySender, AnyWriteReadiness};
pub use fault::Fault;
pub(crate) use link::{MemoryEnd, MemoryLink, connect};
pub(crate) use queue::{MemoryConfig, Queue};
