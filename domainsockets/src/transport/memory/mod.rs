//! Connections inside of a process, for tests: queues that behave as the kernel's do, in place of
//! sockets. Compiled in with the feature `test` alone; without it the types of the same names are
//! those of real sockets.

mod endpoints;
mod fault;
mod link;
mod queue;
#[cfg(test)]
mod tests;

pub(crate) use endpoints::{AnyProcess, AnyReceiver, AnySender, AnyWriteReadiness};
pub use fault::Fault;
pub(crate) use link::{MemoryEnd, MemoryLink, connect, no_file};
pub(crate) use queue::{MemoryConfig, Queue};
