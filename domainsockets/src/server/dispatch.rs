//! Dispatch: takes requests out of datagrams, finds their handlers, and runs them.

use std::fmt::Display;
use std::mem;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, Waker};
use std::time::Instant;

use super::Methods;
use super::connection::{Connection, ConnectionState};
use super::handler::Handler;
use super::handler_task::HandlerTask;
use super::in_flight::{InFlightRequest, finish, finish_by};
use super::quota::UNCHARGED;
use super::running::Running;
use crate::driver::{FlushState, Next, Sink, contain_panic, now};
use crate::peer::Credentials;
use crate::proto::{Admission, Incoming, RequestMeta};
use crate::stats::ServerCounters;
use crate::transport::SocketFile;
use crate::wire::{Cause, ClientMsg, Frame, Reassembler, WireError, max_total};

/// The dispatcher of a connection.
pub(super) struct Dispatcher {
    connection: Arc<Connection>,
    methods: Arc<Methods>,
    counters: Arc<ServerCounters>,
    inbound: Reassembler,
    /// The size limit of the user's data, in bytes. A codec adds to them.
    max_message_size: usize,
    /// The rest of a datagram that was not read before the task yielded.
    backlog: Vec<u8>,
    /// The socket's file, which is removed once the client has connected.
    file: Option<SocketFile>,
    /// When the message began that is not received completely.
    midway_since: Option<Instant>,
    /// The number of datagrams that were received.
    datagrams: usize,
    /// The messages, fields and IDs that were processed since other tasks have run.
    items: usize,
}

impl Dispatcher {
    pub(super) fn new(
        connection: Arc<Connection>,
        methods: Arc<Methods>,
        counters: Arc<ServerCounters>,
        file: Option<SocketFile>,
        max_message_size: usize,
    ) -> Self {
        Self {
            connection,
            methods,
            counters,
            inbound: Reassembler::new(max_total(max_message_size)),
            max_message_size,
            backlog: Vec::new(),
            file,
            midway_since: None,
            datagrams: 0,
            items: 0,
        }
    }

    /// Begins to count what is processed, since other tasks have run.
    pub(super) const fn begin_turn(&mut self) {
        self.items = 0;
    }

    /// Restarts the read timeout of an incomplete message, since nothing was read for a while.
    pub(super) fn resume_clock(&mut self, now: Instant) -> Option<Instant> {
        self.midway_since = self.midway_since.map(|_| now);
        self.midway_since
    }

    /// Returns the number of datagrams that were received.
    pub(super) const fn datagrams(&self) -> usize {
        self.datagrams
    }

    /// Returns whether a received datagram is not read completely.
    pub(super) const fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Continues with the backlog.
    pub(super) fn resume(&mut self) -> Next {
        let backlog = mem::take(&mut self.backlog);
        self.dispatch(Ok(&backlog))
    }

    /// Dispatches the messages of a datagram, until [`ITEMS_PER_TURN`] are exceeded. A list of IDs or fields is bounded,
    /// and is processed at once.
    fn read(&mut self, now: Instant, mut datagram: &[u8]) -> Result<Next, WireError> {
        if let Some(file) = self.file.take() {
            // The client has connected, so the file is not needed any more.
            if let Err(error) = file.remove() {
                let what = &format_args!("cannot remove the file of its socket: {error}");
                self.connection.log_problem("file", what);
            }
            self.connection.set_received();
        }
        let mut midway_since = self.midway_since.take();
        loop {
            let frame = match self.inbound.next(&mut datagram) {
                Ok(Some(frame)) => frame,
                Ok(None) => {
                    let is_midway = self.inbound.is_midway();
                    self.midway_since = is_midway.then(|| midway_since.unwrap_or(now));
                    return Ok(if self.items < ITEMS_PER_TURN {
                        Next::Receive
                    } else {
                        Next::Yield
                    });
                }
                Err(violation) => {
                    if matches!(violation, WireError::TooLong { .. }) {
                        self.refuse(now, datagram);
                    }
                    return Err(violation);
                }
            };
            midway_since = None;
            let is_full = match self.take_message(now, &frame)? {
                ControlFlow::Continue(ReplyQueue::Open) => false,
                ControlFlow::Continue(ReplyQueue::Full) => !self.may_queue_replies(),
                ControlFlow::Break(next) => return Ok(next),
            };
            self.items += 1;
            if (is_full || ITEMS_PER_TURN <= self.items) && !datagram.is_empty() {
                self.backlog.extend_from_slice(datagram);
                return Ok(Next::Yield);
            }
        }
    }

    fn take_message(
        &mut self,
        now: Instant,
        frame: &Frame<'_>,
    ) -> Result<ControlFlow<Next, ReplyQueue>, WireError> {
        let message = ClientMsg::decode_body(frame.body())?;
        let mut state = self.connection.lock();
        if state.inbound != 0 {
            // The message is complete. From now on its memory is charged as that of the request.
            state.inbound = 0;
            self.connection.settle(&mut state);
        }
        match state.machine.receive(now, &message)? {
            Incoming::Request => match state.machine.admit(now, message.id, message.handler) {
                Admission::Run => {
                    let meta = state.machine.take_request_meta();
                    drop(state);
                    let replies = self.handle(now, &message, meta, frame);
                    return Ok(ControlFlow::Continue(replies));
                }
                Admission::Refused => drop(state.machine.take_request_meta()),
                Admission::Duplicate => {
                    drop(state);
                    self.counters.violated();
                    tracing::debug!(id = message.id, "a client used an id twice");
                    return Ok(ControlFlow::Break(Next::Wait));
                }
            },
            Incoming::Cancel => {
                let stopped = state.machine.cancel(message.data)?;
                self.items += state.machine.take_items();
                let replies = reply_queue(&state);
                drop(state);
                for task in stopped {
                    task.stop();
                }
                return Ok(ControlFlow::Continue(replies));
            }
            Incoming::Bye => {
                state.machine.abandon();
                return Ok(ControlFlow::Break(Next::End));
            }
            Incoming::Done => self.items += state.machine.take_items(),
        }
        Ok(ControlFlow::Continue(reply_queue(&state)))
    }

    /// Sends queued replies, and returns whether more may be queued then.
    fn may_queue_replies(&self) -> bool {
        let mut state = self.connection.lock_to_send();
        if state.flush == FlushState::Idle {
            state.flush();
        }
        reply_queue(&state) == ReplyQueue::Open
    }

    /// Refuses a request that is too large, if the received part of it has its ID.
    fn refuse(&self, now: Instant, body: &[u8]) {
        if let Some((id, handler, size)) = ClientMsg::peek_call(body) {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let mut state = self.connection.lock();
            let limit = state.machine.max_message_size();
            let refusal = Cause::TooLarge { size, limit };
            state.machine.reply(now, id, handler, Err(&refusal));
        }
    }

    /// Calls the handler of a request and polls its future once. A future that is not ready then gets a task of its
    /// own, and so does one that often takes long to poll.
    fn handle(
        &self,
        now: Instant,
        message: &ClientMsg<'_>,
        meta: Option<Box<RequestMeta>>,
        frame: &Frame<'_>,
    ) -> ReplyQueue {
        let id = message.id;
        let data = frame.tail(message.data.len());
        let size = data.len() + meta.as_ref().map_or(0, |meta| meta.weight());
        let reply = |mut result| {
            let mut state = self.connection.lock();
            self.connection
                .reply(&mut state, now, id, message.handler, &mut result);
            let replies = reply_queue(&state);
            drop(state);
            // Data that were copied or refused. Dropping them may run code of the user.
            contain_panic(|| drop(result));
            replies
        };
        let Some(handler) = self.methods.find(message.handler) else {
            return reply(Err(Cause::UnknownHandler));
        };
        if self.max_message_size < data.len() && !handler.is_encoded() {
            return reply(Err(Cause::TooLarge {
                size: data.len(),
                limit: self.max_message_size,
            }));
        }
        if !self.connection.quota.admits(size) {
            return reply(Err(Cause::Overloaded(self.connection.quota.exceeded(size))));
        }
        let info = &self.connection.info;
        let mut running = match Running::begin(handler, info, meta, data) {
            Ok(running) => running,
            Err(cause) => return reply(Err(cause)),
        };
        // A handler that finishes in any case need not be polled before it is stopped.
        let is_slow = handler.is_slow();
        let is_polled = !is_slow || handler.is_no_cancel();
        if !is_slow {
            // No waker is needed: if the future is not ready, its task polls it again.
            let mut cx = task::Context::from_waker(Waker::noop());
            if let Poll::Ready(result) = Pin::new(&mut running).poll(&mut cx) {
                running.recycle();
                return reply(result);
            }
        }
        self.spawn(id, handler, size, running, is_polled)
    }

    fn spawn(
        &self,
        id: u64,
        handler: &Handler,
        size: usize,
        running: Running,
        is_polled: bool,
    ) -> ReplyQueue {
        let name = handler.name();
        let request =
            InFlightRequest::new(Arc::clone(&self.connection), id, Arc::clone(name), size);
        let task = HandlerTask {
            abort: None,
            request: handler.is_no_cancel().then(|| running.request()).flatten(),
            handler: Arc::clone(name),
            is_polled,
        };
        let mut state = self.connection.lock();
        state.machine.begin(id, task);
        drop(state);
        // Not under the lock: a runtime that is shutting down drops the task at once, which takes the lock.
        let task = match running.deadline().filter(|_| !handler.is_no_cancel()) {
            None => tokio::spawn(finish(running, request, is_polled)),
            Some(deadline) => tokio::spawn(finish_by(deadline, running, request, is_polled)),
        };
        let abort = task.abort_handle();
        let mut state = self.connection.lock();
        // A `no_cancel` handler is not aborted.
        if !handler.is_no_cancel()
            && let Some(task) = state.machine.running(id)
        {
            task.abort = Some(abort);
        }
        reply_queue(&state)
    }

    /// Dispatches the requests of a datagram, and sends the replies that are ready.
    fn dispatch(&mut self, datagram: Result<&[u8], WireError>) -> Next {
        let begun = now();
        let taken = datagram.and_then(|datagram| self.read(begun, datagram));
        let mut state = self.connection.lock_to_send();
        // Time has passed: handlers have run.
        let now = now();
        state.machine.handled(begun, now);
        state.inbound = self.inbound.reserved() + self.backlog.len();
        state.machine.set_midway_since(self.midway_since);
        if !self.connection.settle(&mut state) && UNCHARGED < self.inbound.reserved() {
            self.counters.overloaded();
            state.log_problem("memory", "its user's unfinished messages exceed the limit");
            state.machine.violate();
            // Released at once, so that the next connection that is charged need not be dropped as well.
            state.inbound = 0;
            self.connection.settle(&mut state);
            return Next::End;
        }
        // A single reply is sent at once. Several wait for the replies to the next datagrams.
        if state.flush == FlushState::Idle && state.machine.outbox().is_lone_or_batch() {
            state.flush_at(|| now);
        }
        match taken {
            Ok(Next::Receive) if !state.machine.wants_input() => Next::Wait,
            Ok(next) => next,
            Err(violation) => {
                self.counters.violated();
                state.machine.violate();
                drop(state);
                tracing::debug!(%violation, "a client broke the protocol");
                Next::End
            }
        }
    }
}

impl Sink for Dispatcher {
    /// A server knows its client from the handshake.
    fn introduce(&mut self, _: Option<Credentials>) -> Next {
        Next::Receive
    }

    fn end(&mut self) -> Next {
        self.connection.lose();
        Next::Wait
    }

    fn inbound(&mut self) -> &mut Reassembler {
        &mut self.inbound
    }

    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next {
        self.datagrams = self.datagrams.wrapping_add(1);
        self.dispatch(datagram)
    }

    fn pass_over(&mut self) {
        self.datagrams = self.datagrams.wrapping_add(1);
        self.counters.passed_over();
    }

    fn report_problem(&mut self, what: &dyn Display) {
        self.connection.log_problem("receiving", what);
    }
}

/// Whether more replies may be queued. While they may not, no requests are read (backpressure).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReplyQueue {
    Open,
    Full,
}

fn reply_queue(state: &ConnectionState) -> ReplyQueue {
    if state.machine.wants_input() {
        ReplyQueue::Open
    } else {
        ReplyQueue::Full
    }
}

/// How many messages, fields and IDs are processed before the task yields. Each takes about as long as the others: a
/// message of five bytes could otherwise buy the time of a thousand.
const ITEMS_PER_TURN: usize = 1024;
