//! What the drivers of clients and servers share: flushing, receiving, timers.

mod clock;
mod contain;
mod flush;
mod receive;
mod release;
#[cfg(feature = "tokio")]
mod timer;

#[cfg(feature = "tokio")]
pub(crate) use {clock::within, timer::LazyTimer};

pub(crate) use clock::now;
#[cfg(feature = "tokio")]
pub(crate) use contain::contain_panic;
pub(crate) use flush::{FlushState, Flushed, send};
pub(crate) use receive::{DESCRIPTOR_PAUSE, Next, Sink, receive};
pub(crate) use release::drop_payloads;
