//! Requests in flight whose handlers have tasks of their own: their replies and deadlines.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use tokio::task::yield_now;
use tokio::time::timeout_at;

use super::connection::Connection;
use super::running::Running;
use crate::driver::{FlushState, now};
use crate::wire::{Cause, Payload};

/// Runs a handler that is not ready yet, and sends its reply. `is_polled` says whether it was polled before.
pub(super) async fn finish(running: Running, request: InFlightRequest, is_polled: bool) {
    if let Some(result) = run(running, &request, is_polled).await {
        answer(result, request).await;
    }
}

/// Does the same, but stops the handler at the deadline that the client has sent.
pub(super) async fn finish_by(
    deadline: Instant,
    running: Running,
    request: InFlightRequest,
    is_polled: bool,
) {
    let result = timeout_at(deadline.into(), run(running, &request, is_polled)).await;
    if let Some(result) = result.unwrap_or(Some(Err(Cause::Expired))) {
        answer(result, request).await;
    }
}

/// Polls a handler until it is ready. Returns `None` if it is not ready at its first poll, and its connection has ended
/// before: see [`HandlerTask::stop_once_polled`](super::handler_task::HandlerTask::stop_once_polled).
async fn run(
    mut running: Running,
    request: &InFlightRequest,
    mut is_polled: bool,
) -> Option<Result<Payload<'static>, Cause>> {
    poll_fn(|cx| {
        let polled = Pin::new(&mut running).poll(cx);
        if polled.is_pending() && !mem::replace(&mut is_polled, true) && request.is_stopped() {
            return Poll::Ready(None);
        }
        polled.map(Some)
    })
    .await
}

async fn answer(mut result: Result<Payload<'static>, Cause>, mut request: InFlightRequest) {
    if request.reply(&mut result) {
        // Replies that are ready at the same time are sent together.
        yield_now().await;
        request.flush();
    }
    // `request` is dropped here, and `result` after it. That may run code of the user, so no other reply may wait for
    // this task any more.
}

/// A request whose handler has a task of its own. It counts as in flight until it is answered or this is dropped,
/// however the task ends.
pub(super) struct InFlightRequest {
    connection: Arc<Connection>,
    id: u64,
    handler: Arc<str>,
    /// The size of the request in bytes, which the handler may keep.
    size: usize,
    /// The step that the task has yet to take.
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

    /// Records that the handler was polled. Returns whether it was stopped before.
    fn is_stopped(&self) -> bool {
        let mut state = self.connection.lock();
        match state.machine.running(self.id) {
            Some(task) => task.is_polled = true,
            None => return true,
        }
        false
    }

    /// Queues the reply. Returns whether this task is responsible for sending it.
    fn reply(&mut self, result: &mut Result<Payload<'static>, Cause>) -> bool {
        let now = now();
        let mut state = self.connection.lock();
        if state.machine.is_cancelled(self.id) || !state.machine.may_send() {
            // The result is discarded. Dropping the request does the rest.
            return false;
        }
        self.connection.end_handler(&mut state, now, self.id);
        let connection = &self.connection;
        if connection.reply(&mut state, now, self.id, &self.handler, result) {
            drop(state);
            // Refused data may be large, so it is dropped before the flush. That may run code of the user, so no other
            // reply may wait for this task yet.
            self.due = Due::Flush;
            *result = Ok(Payload::default());
            state = self.connection.lock();
        }
        let flushes = state.flush == FlushState::Idle;
        if flushes {
            state.flush = FlushState::Scheduled { checked: false };
        }
        self.due = if flushes { Due::Flush } else { Due::Nothing };
        flushes
    }

    fn flush(&mut self) {
        self.due = Due::Nothing;
        let mut state = self.connection.lock_to_send();
        if state.flush.is_scheduled() {
            state.flush();
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
