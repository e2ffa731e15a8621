//! What an update of a connection's state leaves to be done without its lock.

use std::task::Waker;

use bytes::Bytes;

use super::slots::SlotKey;
use crate::proto::Outcome;

/// The calls that an update has ended, and what is to be done for them without the lock.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// The outcomes of calls, to be stored in their slots.
    pub(super) outcomes: Vec<(SlotKey, Outcome)>,
    /// The wakers of their tasks, woken once the lock is released.
    pub(super) wakers: Vec<Waker>,
    /// Payloads that are no longer needed. They are dropped after the lock is released, since the owner of
    /// their memory may use the client when it is dropped.
    pub(super) payloads: Vec<Bytes>,
}
