//! The server: joins its sockets with the state of its connections, and runs the handlers.

mod acceptor;
mod builder;
mod connection;
mod connections;
mod dispatch;
mod driver;
mod handle;
mod handler;
#[cfg(feature = "test")]
mod in_memory;
mod log_throttle;
mod parts;
mod poll_cost;
mod prepared_sockets;
mod processes;
mod quota;
mod rate_limit;
mod refusal;

mod running;
mod service;

pub use builder::{Server, ServerBuilder};
pub use handle::ServerHandle;
pub use handler::{Failure, Methods};
#[cfg(feature = "test")]
pub(crate) use in_memory::Served;
pub use service::Service;
