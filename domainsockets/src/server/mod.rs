//! The server: joins its sockets with the state of its connections, and runs the handlers.

mod accept;
mod account;
mod bucket;
mod builder;
mod complaints;
mod connection;
mod ends;
mod handle;
mod handler;
mod intake;
#[cfg(feature = "test")]
mod memory;
mod pace;
mod peers;
mod processes;
mod reader;
mod refusal;
mod request;
mod running;
mod spare;

pub use builder::{Server, ServerBuilder};
pub use handle::ServerHandle;
pub use handler::{Failure, Methods};
#[cfg(feature = "test")]
pub(crate) use memory::Served;
pub use request::Request;
