//! Flushing: sending the datagrams of an outbox, with backpressure and pauses.

use std::fmt::Display;
use std::time::{Duration, Instant};

use crate::proto::{Datagram, Outbox};
use crate::transport::{SendError, Sender};

/// The state of a connection's flushing: which task sends next, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlushState {
    /// The next task that writes.
    Idle,
    /// A task that has scheduled a flush, after other tasks have run. Tasks that write in between leave the
    /// sending to it. Its future may be dropped first, so the next task that writes has the driver check on it
    /// (`checked`).
    Scheduled { checked: bool },
    /// The driver, when the peer's queue has room (backpressure).
    Blocked,
    /// The driver at this time, because the kernel had no memory. The pause grows while that lasts.
    Paused { until: Instant, pause: Duration },
}

impl FlushState {
    /// Returns whether the driver has to flush now. It takes over a flush that a task has scheduled only if it
    /// was `woken` for that.
    pub(crate) fn is_due(self, now: Instant, woken: bool) -> bool {
        match self {
            Self::Idle => true,
            Self::Scheduled { .. } => woken,
            Self::Blocked => false,
            Self::Paused { until, .. } => until <= now,
        }
    }

    /// Lets the driver try again later, since it cannot wait for room.
    pub(crate) fn pause(&mut self, now: Instant) {
        *self = Self::Paused {
            until: now + LONGEST_PAUSE,
            pause: LONGEST_PAUSE,
        };
    }

    /// Returns whether a task has scheduled a flush.
    pub(crate) const fn is_scheduled(self) -> bool {
        matches!(self, Self::Scheduled { .. })
    }

    /// Returns the time at which the driver has to try again, if a time is set.
    pub(crate) const fn paused_until(self) -> Option<Instant> {
        match self {
            Self::Paused { until, .. } => Some(until),
            _ => None,
        }
    }
}

/// The result of a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// Everything was sent.
    All,
    /// The driver has to continue, as the [`FlushState`] says.
    Waiting,
    /// The peer's socket is closed, or cannot be sent to.
    Broken,
}

/// Sends datagrams until the outbox is empty or the peer's queue is full.
///
/// Calls `report_problem` with the kind and the text of an error that a peer may cause any number of times.
pub(crate) fn send(
    sender: &Sender,
    outbox: &mut Outbox,
    flush: &mut FlushState,
    clock: impl FnOnce() -> Instant,
    report_problem: impl FnOnce(&'static str, &dyn Display),
) -> Flushed {
    if outbox.is_empty() {
        *flush = FlushState::Idle;
        return Flushed::All;
    }
    if WIDEN_QUEUED <= outbox.len() && WIDEN_MESSAGE <= outbox.next_message() {
        sender.widen();
    }
    let now = clock();
    // The pause that has just passed, until a datagram is sent, which shows that it was long enough.
    let mut paused = match *flush {
        FlushState::Paused { pause, .. } => Some(pause),
        _ => None,
    };
    loop {
        let Some(datagram) = outbox.datagram() else {
            *flush = FlushState::Idle;
            return Flushed::All;
        };
        let size = datagram.len();
        let sent = match datagram {
            Datagram::Plain(bytes) => sender.try_send(bytes),
            Datagram::Gathered(parts) => sender.try_send_parts(&parts),
        };
        match sent {
            Ok(()) => {
                paused = None;
                outbox.advance(now, size);
            }
            Err(SendError::Full) => {
                *flush = FlushState::Blocked;
                return Flushed::Waiting;
            }
            Err(SendError::TooLong) if outbox.shrink_datagrams() => {}
            Err(SendError::NoMemory) => {
                outbox.shrink_datagrams();
                let pause = paused.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LONGEST_PAUSE));
                *flush = FlushState::Paused {
                    until: now + pause,
                    pause,
                };
                return Flushed::Waiting;
            }
            Err(SendError::Gone) => return Flushed::Broken,
            Err(SendError::TooLong) => {
                report_problem(
                    "size",
                    &format_args!("the kernel sends no datagram of {size} bytes"),
                );
                return Flushed::Broken;
            }
            Err(SendError::Io(error)) => {
                report_problem("sending", &format_args!("cannot send: {error}"));
                return Flushed::Broken;
            }
        }
    }
}

/// The number of queued bytes from which the send buffer is widened: they do not fit the kernel's default.
const WIDEN_QUEUED: usize = 128 * 1024;

/// The size of a message from which the send buffer is widened. Small messages that wait for a peer that does
/// not read should wait here, where they are counted, not in the kernel.
const WIDEN_MESSAGE: usize = 32 * 1024;

/// The pauses after `ENOBUFS`: from 1 ms, doubling to 100 ms.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
