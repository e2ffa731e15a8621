//! The asynchronous client.

mod backoff;
mod borrowed_reader;
mod builder;
mod call;
mod concurrency_limit;
mod connection;
mod dial;
mod done;
mod driver;
mod handle;
#[cfg(feature = "test")]
mod in_memory;
mod lending;
mod queued_call;
mod reading;
mod reconnect;
mod reply_reader;
mod slots;

pub use backoff::Reconnect;
pub use builder::ClientBuilder;
pub use handle::Client;
