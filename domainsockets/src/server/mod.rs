//! The server: accepts connections, dispatches requests, and runs handlers.

mod acceptor;
mod builder;
mod connection;
mod connections;
mod dispatch;
mod driver;
mod handle;
mod handler;
mod handler_task;
mod in_flight;
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
mod registry;
mod running;
#[expect(clippy::module_inception, reason = "it is the file of `Server`")]
mod server;
mod service;
mod shutdown;

pub use builder::ServerBuilder;
pub use handle::ServerHandle;
pub use handler::Failure;
#[cfg(feature = "test")]
pub(crate) use in_memory::Served;
pub use registry::Methods;
pub(crate) use running::Running;
pub use server::Server;
pub use service::Service;
