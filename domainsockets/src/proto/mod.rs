//! The protocol as state machines that do no I/O (sans-IO): one for each side of a connection.
//!
//! Time is an argument, datagrams are slices, and actions are return values. So tests can play through every order of
//! events without a socket. The drivers of `client`, `blocking` and `server` connect the machines to `transport`.

mod calls;
mod client;
mod completion;
mod datagram;
mod deadlines;
mod greeting;
mod keep_alive;
mod outbox;
mod queued_message;
mod request_meta;
mod server;
#[cfg(test)]
mod tests;

#[cfg(feature = "blocking")]
pub(crate) use client::LATE;
pub(crate) use client::{
    CallRefused, ClientConfig, ClientConnection, Event, LINGER, Outcome, UNASSIGNED,
};
pub use completion::Completion;
pub(crate) use datagram::Datagram;
pub(crate) use outbox::Outbox;
pub(crate) use request_meta::RequestMeta;
pub(crate) use server::{Admission, EndReason, Incoming, ServerConfig, ServerConnection};
