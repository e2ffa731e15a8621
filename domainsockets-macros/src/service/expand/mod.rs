//! From a service to the tokens that take its trait's place. No rule is checked here.

mod arguments;
mod attrs;
pub(crate) mod blocking;
pub(crate) mod client;
mod codec;
mod descriptor;
mod docs;
pub(crate) mod mention;
pub(crate) mod needs;
mod parameters;
mod raw;
mod reply;
mod scope;
pub(crate) mod server;
mod signature;
mod span;
mod stub;
pub(crate) mod trait_;
