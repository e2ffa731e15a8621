//! The server: joins its sockets with the state of its connections, and runs the handlers.

mod accept;
mod account;
mod bucket;
mod builder;
mod complaints;
mod connection;
mod handle;
mod handler;
mod intake;
mod peers;
mod reader;
mod refusal;
mod request;

pub use builder::{Server, ServerBuilder};
pub use handle::ServerHandle;
pub use handler::{Failure, Methods};
pub use request::Request;
