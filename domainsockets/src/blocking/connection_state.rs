//! The state of a blocking client's connection, under its lock.

use std::mem;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::late_replies::{LateReplies, LateSink};
use super::now;
use super::replies::Replies;
use super::waiters::Waiters;
use crate::Error;
use crate::call::{CallFailure, Compatibility, Completion, Draft};
use crate::driver::{BusyPoll, DESCRIPTOR_PAUSE, FlushState, Next, receive};
use crate::proto::Outcome;
use crate::transport::BlockingReceiver;

/// The state of a blocking client's connection, under its lock.
#[derive(Debug)]
pub(super) struct BlockingState {
    pub(super) replies: Replies,
    /// The receiving socket; `None` while a reader has it.
    pub(super) receiver: Option<BlockingReceiver>,
    pub(super) flush: FlushState,
    /// When to receive again, since the process had too few free descriptors.
    pub(super) receives_at: Option<Instant>,
    /// Whether the reader also polls until the server's queue has room (backpressure).
    pub(super) reader_polls_writable: bool,
    pub(super) waiters: Waiters,
    /// Which methods the server agrees on.
    pub(super) compatibility: Compatibility,
    /// The number of the latest call.
    pub(super) last: u64,
    pub(super) busy_poll: BusyPoll,
}

/// A call that waits, and its deadline.
pub(super) struct Waiting<'d, 'a> {
    pub(super) draft: &'d Draft<'a>,
    pub(super) end: Instant,
}

impl BlockingState {
    pub(super) fn new(replies: Replies, receiver: BlockingReceiver, busy_poll: Duration) -> Self {
        Self {
            busy_poll: BusyPoll::new(busy_poll),
            replies,
            receiver: Some(receiver),
            flush: FlushState::Idle,
            receives_at: None,
            reader_polls_writable: false,
            waiters: Waiters::default(),
            compatibility: Compatibility::default(),
            last: 0,
        }
    }

    /// Returns the replies that a server of the Go package still owes, if there are any.
    pub(super) fn take_late_replies(&mut self) -> Option<LateReplies> {
        if !self.replies.machine.awaits_late_replies() {
            return None;
        }
        let receiver = self.receiver.take()?;
        let sink = LateSink {
            inbound: self.replies.take_inbound(),
            unanswered: self.replies.machine.take_unanswered(),
        };
        let server = self.replies.server.take();
        Some(LateReplies {
            receiver,
            process: server.and_then(|(_, process)| process),
            sink,
        })
    }

    /// Queues the request of a call, and returns its ID.
    pub(super) fn begin(&mut self, waiting: &Waiting<'_, '_>, number: u64) -> Result<u64, Error> {
        let draft = waiting.draft;
        let is_oneway = draft.completion == Completion::Sent;
        let begun = now();
        let meta = draft.meta(begun);
        // Clone the data, since the call may be made again on a new connection. The clone shares the bytes.
        let mut data = draft.data.clone();
        let end = Some(waiting.end);
        let id = self
            .replies
            .machine
            .call(
                begun,
                end,
                draft.handler(),
                &mut data,
                meta.as_ref(),
                number,
            )
            .map_err(|refused| refused.into_error(|| draft.expired()))?;
        if is_oneway {
            self.replies
                .machine
                .complete_when_sent(id, draft.announced());
        }
        Ok(id)
    }

    /// Converts the outcome of a call into its result.
    pub(super) fn conclude(
        &mut self,
        draft: &Draft<'_>,
        outcome: Outcome,
    ) -> Result<Bytes, CallFailure> {
        if let Some(method) = draft.announced()
            && outcome != Outcome::Sent
        {
            self.compatibility.learn(method, &outcome);
            self.compatibility
                .check(method)
                .map_err(CallFailure::in_flight)?;
        }
        draft.result(outcome).map_err(CallFailure::in_flight)
    }

    /// Removes and returns the outcome of a call, if it has ended.
    pub(super) fn take_outcome(&mut self, number: u64) -> Option<Outcome> {
        let done = &mut self.replies.done;
        let index = done.iter().position(|(ended, _)| *ended == number)?;
        Some(done.swap_remove(index).1)
    }

    /// Wakes the threads whose calls have ended, and discards outcomes that no thread waits for.
    /// `compatibility` learns from the replies to one-way calls.
    pub(super) fn wake_answered(&mut self) {
        let Self {
            replies,
            waiters,
            compatibility,
            ..
        } = self;
        if mem::take(&mut replies.has_changed) {
            waiters.wake_all();
        }
        for (method, outcome) in replies.machine.discarded().drain(..) {
            compatibility.learn(method, &outcome);
        }
        replies.done.retain(|(number, _)| {
            let is_awaited = waiters.has(*number);
            if is_awaited {
                waiters.wake(*number);
            }
            is_awaited
        });
        self.wake_queued();
    }

    /// Wakes as many queued threads as calls may begin now.
    pub(super) fn wake_queued(&self) {
        if self.waiters.has_queued() {
            self.waiters.wake_queued(self.replies.permits_left());
        }
    }

    /// Does what is due: expires calls, and queues a keep-alive.
    pub(super) fn keep_time(&mut self, now: Instant) {
        self.replies.end_unanswered(now);
        let Replies { machine, done, .. } = &mut self.replies;
        machine.on_time(now, done);
    }

    /// Receives datagrams that have arrived, at most [`DATAGRAMS_PER_ROUND`], so that deadlines are checked in
    /// time.
    pub(super) fn receive(&mut self, receiver: &mut BlockingReceiver) -> Next {
        let next = receive(receiver, DATAGRAMS_PER_ROUND, &mut self.replies);
        match next {
            Next::End => self.replies.end(None),
            Next::Pause => self.receives_at = Some(now() + DESCRIPTOR_PAUSE),
            Next::Receive | Next::Yield | Next::Wait => {}
        }
        next
    }

    /// Receives everything that has arrived, within [`ROUNDS`]. Late replies to earlier calls may be queued in
    /// front of the server's goodbye.
    pub(super) fn drain(&mut self, receiver: &mut BlockingReceiver) {
        self.replies.is_draining = true;
        for _ in 0..ROUNDS {
            if self.receive(receiver) != Next::Yield {
                break;
            }
        }
        self.replies.is_draining = false;
        self.wake_answered();
    }
}

/// The number of datagrams that the reader receives before it checks the deadlines.
const DATAGRAMS_PER_ROUND: usize = 64;

/// The bound on [`drain`](BlockingState::drain): 1024 datagrams, more than a receive queue holds unless the server
/// keeps sending.
const ROUNDS: usize = 16;
