//! Sending what an outbox holds.

use std::fmt::Display;
use std::time::{Duration, Instant};

use crate::proto::{Datagram, Outbox};
use crate::transport::{SendError, Sender};

/// Who sends next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlushState {
    /// The next task that writes.
    Idle,
    /// A task that has promised to, once others had their turn. Tasks that write meanwhile leave it to that
    /// task. Since a future may be dropped before its end, the next task that writes has the driver check on
    /// it (`checked`).
    Scheduled { checked: bool },
    /// The driver, when the peer has made room.
    Blocked,
    /// The driver at this time, because the kernel had no memory; the pause grows while it lasts.
    Paused { until: Instant, pause: Duration },
}

impl FlushState {
    /// Whether a driver that looks is to send what there is. It takes on what somebody else had
    /// promised only if it was `woken` for that.
    pub(crate) fn is_due(self, now: Instant, woken: bool) -> bool {
        match self {
            Self::Idle => true,
            Self::Scheduled { .. } => woken,
            Self::Blocked => false,
            Self::Paused { until, .. } => until <= now,
        }
    }

    /// Has the driver try again in a while, since room cannot be waited for.
    pub(crate) fn pause(&mut self, now: Instant) {
        *self = Self::Paused {
            until: now + LONGEST_PAUSE,
            pause: LONGEST_PAUSE,
        };
    }

    /// Whether a task has promised to send.
    pub(crate) const fn is_scheduled(self) -> bool {
        matches!(self, Self::Scheduled { .. })
    }

    /// When the driver is to try again, if it is to be at a certain time.
    pub(crate) const fn paused_until(self) -> Option<Instant> {
        match self {
            Self::Paused { until, .. } => Some(until),
            _ => None,
        }
    }
}

/// What became of a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// Nothing is left to send.
    All,
    /// The driver is to go on, as the [`FlushState`] says.
    Waiting,
    /// The peer is gone, or cannot be sent to.
    Broken,
}

/// Sends datagrams until nothing is left or the peer's queue is full.
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
    if MUCH <= outbox.len() && LARGE <= outbox.next_message() {
        sender.widen();
    }
    let now = clock();
    // Of the pause that has just passed, until a datagram shows that it was long enough.
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
                    &format_args!("no datagram of {size} bytes is carried"),
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

/// So many bytes that wait do not fit on the way to a peer as the kernel makes it.
const MUCH: usize = 128 * 1024;

/// A message for which that is worth being changed. Many small ones wait for a peer that does not read, and
/// had better wait here, where they are counted, than in the kernel.
const LARGE: usize = 32 * 1024;

/// Pauses after ENOBUFS: from 1 ms, doubling to 100 ms.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
