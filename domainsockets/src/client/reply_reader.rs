//! The reader of a connection's replies, which the driver has, or lends to a call.

use std::io;
use std::time::{Duration, Instant};

use super::done::Done;
use crate::driver::{BusyPoll, may_poll_here};
use crate::transport::{Receiver, TryReceive};
use crate::wire::{Reassembler, max_total};

/// The reader of a connection's replies.
///
/// The driver has it, and lends it to a call that is alone on the connection: the call then receives its own reply,
/// without a switch to another task.
#[derive(Debug)]
pub(super) struct ReplyReader {
    pub(super) receiver: Receiver,
    pub(super) busy_poll: BusyPoll,
    /// For how long the next call polls.
    pub(super) time: Duration,
    pub(super) replies: ReplyBuffer,
    /// Whether the server has ended the connection, or broken the protocol.
    pub(super) has_ended: bool,
}

#[derive(Debug)]
pub(super) struct ReplyBuffer {
    pub(super) inbound: Reassembler,
    /// Kept between datagrams, so that its memory is reused.
    pub(super) done: Done,
    /// Whether the runtime has one thread. One with several has another thread look for work when a task
    /// lets others go first.
    pub(super) on_one_thread: bool,
}

impl ReplyReader {
    /// Returns the reader of a connection, for messages of at most `max_message_size` bytes.
    pub(super) fn new(
        receiver: Receiver,
        on_one_thread: bool,
        max_message_size: usize,
        busy_poll: Duration,
    ) -> Self {
        Self {
            receiver,
            busy_poll: BusyPoll::new(busy_poll),
            time: Duration::ZERO,
            replies: ReplyBuffer {
                inbound: Reassembler::new(max_total(max_message_size)),
                done: Done::default(),
                on_one_thread,
            },
            has_ended: false,
        }
    }

    /// Prepares to be lent to a call of the connection with this ID. Returns whether polling is worth while.
    pub(super) fn prepare(&mut self, connection: usize) -> bool {
        if !self.busy_poll.is_on() || self.has_ended || !self.receiver.has_descriptor_room() {
            return false;
        }
        if !may_poll_here(connection, Instant::now()) {
            return false;
        }
        match self.busy_poll.begin() {
            Some(time) => {
                self.time = time;
                self.receiver.unregister();
                true
            }
            None => false,
        }
    }

    /// Has the runtime wait for replies.
    pub(super) fn register(&mut self) -> io::Result<()> {
        self.receiver.register()
    }

    /// Waits until a reply may have arrived.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.receiver.readable().await
    }

    /// Receives from now on without asking the runtime for readiness.
    pub(super) fn finish(&mut self) {
        self.receiver.unregister();
        self.receiver.finish();
    }
}
