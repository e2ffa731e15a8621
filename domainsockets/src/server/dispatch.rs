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
use crate::limits::LARGEST_MAX_MESSAGE_SIZE;
use crate::peer::Credentials;
use crate::proto::{Admission, Incoming, RequestMeta};
use crate::stats::ServerCounters;
use crate::transport::SocketFile;
use crate::wire::extension::HELLO;
use crate::wire::{
    Cause, ClientMsg, ClientMsgType, Frame, GO_DATAGRAM, Reassembler, WireError, max_total, varint,
};

/// The dispatcher of a connection.
pub(super) struct Dispatcher {
    connection: Arc<Connection>,
    methods: Arc<Methods>,
    counters: Arc<ServerCounters>,
    inbound: Reassembler,
    /// The size limit of the user's data, in bytes. A codec adds to them.
    max_message_size: usize,
    /// Whether the client has sent a hello.
    is_rust_peer: bool,
    /// How many bytes of a request that was refused as too large are still to be skipped.
    to_skip: usize,
    /// The bytes of that request in front of its data, until some of its data were received.
    refused_head: Vec<u8>,
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
    /// The requests among them.
    requests: usize,
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
            is_rust_peer: false,
            to_skip: 0,
            refused_head: Vec::new(),
            backlog: Vec::new(),
            file,
            midway_since: None,
            datagrams: 0,
            items: 0,
            requests: 0,
        }
    }

    /// Begins to count what is processed, since other tasks have run.
    pub(super) const fn begin_turn(&mut self) {
        self.items = 0;
        self.requests = 0;
    }

    /// Returns how many requests were received since other tasks have run.
    pub(super) const fn requests(&self) -> usize {
        self.requests
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
        if self.to_skip != 0 {
            let head = mem::take(&mut self.refused_head);
            if !head.is_empty() && datagram.starts_with(&head) {
                // Each further head would be answered, and the third reply with one ID ends a Go client.
                return Err(WireError::RepeatedHead);
            }
            if self.skip(&mut datagram) {
                midway_since = None;
            }
        }
        loop {
            let frame = match self.inbound.next(&mut datagram) {
                Ok(Some(frame)) => frame,
                Ok(None) => {
                    let is_midway = self.to_skip != 0 || self.inbound.is_midway();
                    self.midway_since = is_midway.then(|| midway_since.unwrap_or(now));
                    return Ok(if self.items < ITEMS_PER_TURN {
                        Next::Receive
                    } else {
                        Next::Yield
                    });
                }
                Err(violation @ WireError::TooLong { total, .. }) => {
                    match self.refuse(now, total, datagram) {
                        Oversized::Skip(size) => {
                            self.to_skip = size;
                            self.refused_head = head_of(total, datagram);
                        }
                        Oversized::Wait => return Ok(Next::Wait),
                        Oversized::Close => return Err(violation),
                    }
                    if self.skip(&mut datagram) {
                        midway_since = None;
                    }
                    continue;
                }
                Err(violation) => return Err(violation),
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
        if message.kind == ClientMsgType::KeepAlive && message.handler == HELLO {
            self.is_rust_peer = true;
        }
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
                    if self.is_repeated_head(&message) {
                        let cause = Cause::Handler(REPEATED_HEAD.to_owned());
                        let (id, handler) = (message.id, message.handler);
                        state.machine.reply(now, id, handler, Err(&cause));
                        return Err(WireError::RepeatedHead);
                    }
                    drop(state);
                    self.requests += 1;
                    let replies = self.handle(now, &message, meta, frame);
                    return Ok(ControlFlow::Continue(replies));
                }
                Admission::Refused => drop(state.machine.take_request_meta()),
                Admission::Duplicate => {
                    drop(state);
                    self.count_duplicate(message.id);
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

    /// Returns whether a Go client failed to send the data of a request, and has sent its head again in their place.
    ///
    /// It does so without an end if the data exceed its send buffer, so that the heads add up to the announced size.
    fn is_repeated_head(&self, message: &ClientMsg<'_>) -> bool {
        !self.is_rust_peer && GO_DATAGRAM < message.data.len() && message.repeats_head()
    }

    /// Refuses a request that is too large, if the received part of its body has its ID.
    ///
    /// Its body can be skipped if the client is not a Rust peer. A Rust peer knows the limit, so that it only sends
    /// such a request as one of its first.
    fn refuse(&self, now: Instant, total: u64, body: &[u8]) -> Oversized {
        let Some((id, handler, size)) = ClientMsg::peek_call(body) else {
            return Oversized::Close;
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let mut state = self.connection.lock();
        let limit = state.machine.max_message_size();
        let too_large = Cause::TooLarge { size, limit };
        if self.is_rust_peer {
            state.machine.reply(now, id, handler, Err(&too_large));
            return Oversized::Close;
        }
        // Dropped: it belongs to this request.
        drop(state.machine.take_request_meta());
        match state.machine.admit(now, id, handler) {
            Admission::Run => {}
            Admission::Refused => return Oversized::skip(total).unwrap_or(Oversized::Close),
            Admission::Duplicate => {
                drop(state);
                self.count_duplicate(id);
                return Oversized::Wait;
            }
        }
        let skip = Oversized::skip(total);
        let cause = match skip {
            Some(_) => too_large,
            None => Cause::Handler(format!("{too_large}; the connection is closed")),
        };
        state.machine.reply(now, id, handler, Err(&cause));
        skip.unwrap_or(Oversized::Close)
    }

    /// Discards bytes of a request that was refused as too large. Returns whether none is left to discard.
    fn skip(&mut self, datagram: &mut &[u8]) -> bool {
        let count = self.to_skip.min(datagram.len());
        *datagram = datagram.get(count..).unwrap_or_default();
        self.to_skip -= count;
        self.to_skip == 0
    }

    fn count_duplicate(&self, id: u64) {
        self.counters.violated();
        tracing::debug!(id, "a client used an id twice");
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

/// What follows the refusal of a request that is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Oversized {
    /// This many bytes of the stream are skipped, without storing them.
    Skip(usize),
    /// Nothing more is read.
    Wait,
    /// The connection is closed.
    Close,
}

impl Oversized {
    /// Skips a body of `total` bytes, unless no server would accept a message of this size.
    fn skip(total: u64) -> Option<Self> {
        let total = usize::try_from(total).ok()?;
        (total <= max_total(LARGEST_MAX_MESSAGE_SIZE)).then_some(Self::Skip(total))
    }
}

/// Returns the bytes of a message in front of its data, if `body` is exactly what follows its `total` there. The Go
/// client sends them as a datagram of their own.
fn head_of(total: u64, body: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    let data = ClientMsg::peek_call(body).map_or(0, |(_, _, size)| size);
    if total == (body.len() as u64).saturating_add(data) {
        varint::encode(total, &mut head);
        head.extend_from_slice(body);
    }
    head
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

/// The answer to a request whose data are repetitions of its head.
const REPEATED_HEAD: &str =
    "the data of this request did not fit the client's send buffer; the connection is closed";
