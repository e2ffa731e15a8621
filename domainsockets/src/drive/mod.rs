//! What the drivers of both sides do alike: sending, receiving, and keeping time.

mod alarm;
mod clock;
mod flush;
mod receive;

pub(crate) use alarm::Alarm;
pub(crate) use clock::{now, within};
pub(crate) use flush::{Flush, Flushed, send};
pub(crate) use receive::{Next, Sink, receive};
