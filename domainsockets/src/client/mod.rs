//! The client: joins a connection's sockets with its state.

mod agreed;
mod builder;
mod call;
mod connection;
mod dial;
mod driver;
mod handle;
#[cfg(feature = "test")]
mod memory;
mod reconnect;
mod send;
mod slots;
mod turns;

pub use builder::ClientBuilder;
pub use handle::Client;
pub use reconnect::Reconnect;
