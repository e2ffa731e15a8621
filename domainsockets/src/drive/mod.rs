//! What the drivers of both sides do alike: sending, receiving, and keeping time.

#[cfg(feature = "tokio")]
mod alarm;
mod clock;
mod flush;
mod receive;

#[cfg(feature = "tokio")]
pub(crate) use {alarm::Alarm, clock::within};

pub(crate) use clock::now;
pub(crate) use flush::{Flush, Flushed, send};
pub(crate) use receive::{Next, Sink, receive};
