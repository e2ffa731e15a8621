//! What the drivers of clients and servers share: flushing, receiving, timers.

mod busy_poll;
mod clock;
mod contain;
mod flush;
mod receive;
mod release;
#[cfg(feature = "tokio")]
mod timer;

#[cfg(feature = "tokio")]
pub(crate) use {clock::within, timer::LazyTimer};

pub(crate) use busy_poll::{BusyPoll, may_poll_here, spend};
pub(crate) use clock::now;
#[cfg(feature = "tokio")]
pub(crate) use contain::contain_panic;
pub(crate) use flush::{FlushState, Flushed, send};
pub(crate) use receive::{DESCRIPTOR_PAUSE, Next, Sink, receive, receive_polled};
pub(crate) use release::drop_payloads;
