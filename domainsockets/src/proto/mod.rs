//! The state of a connection's two ends, as machines over `wire` that do no I/O.
//!
//! Time is an argument, datagrams are slices, and what is to be done comes back as a value, so that
//! every order of events can be played through without a socket. The drivers in `client` and
//! `server` join them with `transport`.

mod calls;
mod client;
mod completion;
mod datagram;
mod deadlines;
mod outbox;
mod queued_message;
mod request_meta;
mod server;
#[cfg(test)]
mod tests;

pub(crate) use client::{CallRefused, ClientConfig, ClientConnection, Event, LINGER, Outcome};
pub use completion::Completion;
pub(crate) use datagram::Datagram;
pub(crate) use outbox::Outbox;
pub(crate) use request_meta::RequestMeta;
pub(crate) use server::{Admission, ByItself, Incoming, ServerConfig, ServerConnection};
