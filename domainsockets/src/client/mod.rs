//! The client: joins a connection's sockets with its state.

mod builder;
mod call;
mod connection;
mod dial;
mod driver;
mod handle;
mod reconnect;
mod slots;
mod turns;

pub use builder::ClientBuilder;
pub use handle::{CallOptions, Client};
pub use reconnect::Reconnect;
