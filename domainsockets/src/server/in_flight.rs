//! Requests in flight whose handlers have tasks of their own.

use std::sync::Arc;
use std::time::Instant;

use tokio::task::yield_now;
use tokio::time::timeout_at;

use super::connection::Connection;
use super::running::Running;
use crate::driver::{FlushState, now};
use crate::wire::{Cause, Payload};

/// Runs a handler that could not answer at once, and writes its reply.
pub(super) async fn finish(running: Running, request: InFlightRequest) {
    let result = running.await;
    answer(request, result).await;
}

/// The same, but no longer than until the deadline that the client has announced.
pub(super) async fn finish_by(deadline: Instant, running: Running, request: InFlightRequest) {
    let result = timeout_at(deadline.into(), running).await;
    answer(request, result.unwrap_or(Err(Cause::Expired))).await;
}

async fn answer(mut request: InFlightRequest, result: Result<Payload<'static>, Cause>) {
    if request.reply(result) {
        // Replies that become ready together leave together.
        yield_now().await;
        request.flush();
    }
}

/// A request whose handler has a task; it counts as running until it is answered, or until this is
/// dropped, however the task ends.
pub(super) struct InFlightRequest {
    connection: Arc<Connection>,
    id: u64,
    handler: Arc<str>,
    /// How many bytes the request has, which the handler may keep.
    size: usize,
    /// What is still to be done for it.
    due: Due,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Reply,
    Flush,
    Nothing,
}

impl InFlightRequest {
    pub(super) fn new(
        connection: Arc<Connection>,
        id: u64,
        handler: Arc<str>,
        size: usize,
    ) -> Self {
        connection.quota.begin(size);
        Self {
            connection,
            id,
            handler,
            size,
            due: Due::Reply,
        }
    }

    /// Writes the reply. Returns whether this task is to send it.
    fn reply(&mut self, result: Result<Payload<'static>, Cause>) -> bool {
        let now = now();
        let mut state = self.connection.lock();
        if state.machine.is_cancelled(self.id) || !state.machine.may_send() {
            // Nobody waits for it. What is left to do, the drop does.
            return false;
        }
        self.connection.end_handler(&mut state, now, self.id);
        self.connection
            .reply(&mut state, now, self.id, &self.handler, result);
        let flushes = state.flush == FlushState::Idle;
        if flushes {
            state.flush = FlushState::Scheduled { checked: false };
        }
        self.due = if flushes { Due::Flush } else { Due::Nothing };
        flushes
    }

    fn flush(&mut self) {
        self.due = Due::Nothing;
        let mut state = self.connection.lock();
        if state.flush.is_scheduled() {
            self.connection.flush(&mut state);
        }
        if state.machine.is_finished() {
            self.connection.wake.notify_one();
        }
    }
}

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        self.connection.quota.end(self.size);
        // The task was aborted: before its reply, or before the flush that it had promised.
        let wakes = match self.due {
            Due::Reply => {
                let mut state = self.connection.lock();
                self.connection.end_handler(&mut state, now(), self.id);
                state.machine.is_finished()
            }
            Due::Flush => true,
            Due::Nothing => false,
        };
        if wakes {
            self.connection.wake.notify_one();
        }
    }
}
