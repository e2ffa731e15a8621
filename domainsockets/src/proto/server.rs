//! The server's side of a connection: requests in flight, cancellation, timeouts, draining and eviction.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Outbox, RequestMeta};
use crate::wire::extension::{BYE, CANCEL, HELLO, META, cancelled_ids};
use crate::wire::{
    Cause, ClientMsg, ClientMsgType, GO_DATAGRAM, Hello, Meta, Notice, Payload, ServerHead,
    ServerMsgType, WireError,
};

/// The configuration of a server's connections.
#[derive(Clone, Debug)]
pub(crate) struct ServerConfig {
    /// After this time without a message the connection is dropped, unless a request is in flight.
    pub(crate) idle_timeout: Duration,
    /// After this time without progress in sending the connection is dropped.
    pub(crate) write_timeout: Duration,
    /// The connection is dropped if a message takes longer than this from its first byte to its last.
    pub(crate) read_timeout: Duration,
    /// The largest data of a request or reply, in bytes.
    pub(crate) max_message_size: usize,
    /// The largest datagram to a Rust peer, in bytes.
    pub(crate) max_datagram_size: usize,
    /// The largest datagram that this side receives completely, in bytes.
    pub(crate) receive_limit: usize,
    /// The largest number of requests in flight on one connection.
    pub(crate) max_in_flight: usize,
    /// The size of the reply queue in bytes. While more is queued, no requests are read (backpressure).
    pub(crate) max_queued_reply_bytes: usize,
    /// Whether the server answers a hello.
    pub(crate) announce: bool,
    /// For how long a connection polls its socket before it sleeps. Zero if it never does.
    pub(crate) busy_poll: Duration,
}

/// The server's state of a connection. `H` can stop a running handler.
#[derive(Debug)]
pub(crate) struct ServerConnection<H> {
    /// Shared by the connections of a server.
    config: Arc<ServerConfig>,
    requests: HashMap<u64, H>,
    /// Cancelled requests whose handlers have not ended yet.
    cancelled: HashSet<u64>,
    outbox: Outbox,
    peer: Hello,
    hello_id: Option<u64>,
    /// The deadline and metadata of the next request. Boxed, since most have none.
    meta: Option<Box<RequestMeta>>,
    phase: ServerPhase,
    /// When the last message was received, or the last reply was queued.
    last_active: Instant,
    /// When the message began that is not received completely.
    midway_since: Option<Instant>,
    /// Whether the client's silence was excused since the last message.
    is_excused: bool,
    /// The fields and IDs of the extension messages that were processed, until the driver takes their number.
    items: usize,
}

/// The life of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ServerPhase {
    /// Requests are admitted.
    Open,
    /// The connection is evicted, unless the client has sent something meanwhile.
    Evicting,
    /// The server shuts down. Requests that were received before are still admitted.
    DrainRequested,
    /// New requests are refused. Running handlers finish.
    Draining,
    /// Nothing more is read. The connection ends once no handler runs, or at this time.
    Closing { until: Instant },
    /// The client can no longer be reached. Nothing is sent. Requests that it sent before are read, until there are
    /// none or this time has passed.
    Lost { until: Instant },
    /// The connection has ended.
    Ended(End),
}

/// How a connection was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// By the server: running requests are answered, and the client receives a goodbye.
    Orderly,
    /// Because the client broke the protocol. It receives a goodbye, and nothing else.
    Violated,
    /// Because the client has ended or sent a goodbye. It receives nothing.
    Gone,
}

/// The action that a message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// Run a handler.
    Request,
    /// Stop the handlers of these IDs: see [`ServerConnection::cancel`].
    Cancel,
    /// Close the connection.
    Bye,
    /// None.
    Done,
}

/// The way in which a connection ended without a request of either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndReason {
    /// It was idle, or everything is done.
    Finished,
    /// The write timeout or the read timeout has passed.
    TimedOut,
}

/// Whether a request may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Run,
    /// It was answered with an error.
    Refused,
    /// Its ID is that of a request in flight. Nothing more is read from the connection.
    Duplicate,
}

impl<H> ServerConnection<H> {
    pub(crate) fn new(config: Arc<ServerConfig>, now: Instant) -> Self {
        Self {
            requests: HashMap::new(),
            cancelled: HashSet::new(),
            outbox: Outbox::new(now, config.max_datagram_size),
            config,
            peer: Hello::UNANNOUNCED,
            hello_id: None,
            meta: None,
            phase: ServerPhase::Open,
            last_active: now,
            midway_since: None,
            is_excused: false,
            items: 0,
        }
    }

    /// Processes a message.
    ///
    /// # Errors
    ///
    /// [`WireError`] if it cannot be read. The caller closes the connection.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        message: &ClientMsg<'_>,
    ) -> Result<Incoming, WireError> {
        self.last_active = now;
        self.is_excused = false;
        if message.kind == ClientMsgType::Data {
            return Ok(Incoming::Request);
        }
        match message.handler {
            HELLO if self.config.announce && self.hello_id.is_none() => {
                let (hello, fields) = Hello::decode_counted(message.data)?;
                self.items += fields;
                if hello.is_announced() {
                    self.peer = hello;
                    self.outbox.fit(&hello);
                    self.hello_id = Some(message.id);
                    let own = Hello::new(self.config.receive_limit, self.config.max_message_size)
                        .with_in_flight_limit(self.config.max_in_flight);
                    self.notify(now, Notice::Hello(own));
                }
                Ok(Incoming::Done)
            }
            META => {
                let (meta, fields) = Meta::decode_counted(message.data)?;
                self.items += META_FIELD_ITEMS * fields;
                self.meta = Some(Box::new(RequestMeta::received(now, meta)));
                Ok(Incoming::Done)
            }
            CANCEL => Ok(Incoming::Cancel),
            BYE => Ok(Incoming::Bye),
            _ => Ok(Incoming::Done),
        }
    }

    /// Takes the number of fields and IDs that were processed since the last time. They take time as messages do.
    pub(crate) const fn take_items(&mut self) -> usize {
        mem::replace(&mut self.items, 0)
    }

    /// Moves the times of events from `begun` to `now`, after handlers have run in between.
    pub(crate) fn handled(&mut self, begun: Instant, now: Instant) {
        if self.last_active == begun {
            self.last_active = now;
        }
        self.outbox.redate(begun, now);
    }

    /// Takes the deadline and metadata of the request that was received.
    pub(crate) const fn take_request_meta(&mut self) -> Option<Box<RequestMeta>> {
        self.meta.take()
    }

    /// Decides whether a request may run. Answers it if not.
    pub(crate) fn admit(&mut self, now: Instant, id: u64, handler: &str) -> Admission {
        if self.requests.contains_key(&id) || self.cancelled.contains(&id) {
            self.stop_reading(now);
            return Admission::Duplicate;
        }
        let refusal = match self.phase {
            ServerPhase::Open
            | ServerPhase::Evicting
            | ServerPhase::DrainRequested
            | ServerPhase::Lost { .. } => {
                if self.handlers() < self.config.max_in_flight {
                    return Admission::Run;
                }
                let limit = self.config.max_in_flight;
                Cause::Overloaded(format!(
                    "the limit of {limit} requests in flight for one connection"
                ))
            }
            ServerPhase::Draining | ServerPhase::Closing { .. } | ServerPhase::Ended(_) => {
                Cause::ShuttingDown
            }
        };
        self.reply(now, id, handler, Err(&refusal));
        Admission::Refused
    }

    /// Counts a request as in flight. `stop` can stop its handler.
    pub(crate) fn begin(&mut self, id: u64, stop: H) {
        self.requests.insert(id, stop);
    }

    /// Returns what stops the handler of a request in flight.
    pub(crate) fn running(&mut self, id: u64) -> Option<&mut H> {
        self.requests.get_mut(&id)
    }

    /// Counts a request as no longer in flight.
    pub(crate) fn end(&mut self, now: Instant, id: u64) {
        if self.requests.remove(&id).is_none() {
            self.cancelled.remove(&id);
        }
        let capacity = self.requests.capacity().max(self.cancelled.capacity());
        if KEPT_REQUESTS < capacity && self.handlers() == 0 {
            self.requests.shrink_to(KEPT_REQUESTS);
            self.cancelled.shrink_to(KEPT_REQUESTS);
        }
        self.last_active = now;
    }

    /// Returns the running handlers that a `$cancel` with these data names. The caller stops them. They count as
    /// cancelled until they have [ended](Self::end).
    ///
    /// # Errors
    ///
    /// [`WireError`] if it names too many. The caller closes the connection.
    pub(crate) fn cancel(&mut self, data: &[u8]) -> Result<Vec<H>, WireError> {
        let mut stopped = Vec::new();
        for id in cancelled_ids(data)? {
            self.items += 1;
            if let Some(stop) = self.requests.remove(&id) {
                self.cancelled.insert(id);
                stopped.push(stop);
            }
        }
        Ok(stopped)
    }

    /// Returns whether nothing is left to do before the client sends something.
    pub(crate) fn awaits_client(&self) -> bool {
        self.phase == ServerPhase::Open && self.handlers() == 0 && self.outbox.is_empty()
    }

    /// Returns whether a request was cancelled, and its handler has not ended.
    pub(crate) fn is_cancelled(&self, id: u64) -> bool {
        self.cancelled.contains(&id)
    }

    /// Takes all running handlers. The caller stops them. They no longer count as running.
    pub(crate) fn take_running(&mut self) -> HashMap<u64, H> {
        mem::take(&mut self.requests)
    }

    /// Queues the reply to a request. Leaves data that it copies or refuses to the caller, which drops them without a
    /// lock. Returns whether it refused data.
    pub(crate) fn reply(
        &mut self,
        now: Instant,
        id: u64,
        handler: &str,
        result: Result<&mut Payload<'static>, &Cause>,
    ) -> bool {
        self.last_active = now;
        match result.map(|data| (self.fit(id, data), data)) {
            Ok((Ok(()), data)) => {
                self.push(now, id, ServerMsgType::Data, data);
                false
            }
            Ok((Err(refusal), _)) => {
                self.push_error(now, id, handler, &refusal);
                true
            }
            Err(cause) => {
                self.push_error(now, id, handler, cause);
                false
            }
        }
    }

    /// Requests [`drain`](Self::drain), which follows once all requests that were received before are read.
    pub(crate) fn request_drain(&mut self) {
        if matches!(self.phase, ServerPhase::Open | ServerPhase::Evicting) {
            self.phase = ServerPhase::DrainRequested;
        }
    }

    /// Returns whether [`drain`](Self::drain) was asked for and has not followed.
    pub(crate) fn is_drain_requested(&self) -> bool {
        self.phase == ServerPhase::DrainRequested
    }

    /// Refuses new requests from now on, and notifies a client that has announced itself.
    pub(crate) fn drain(&mut self, now: Instant) {
        if matches!(
            self.phase,
            ServerPhase::Open | ServerPhase::Evicting | ServerPhase::DrainRequested
        ) {
            self.phase = ServerPhase::Draining;
            self.notify(now, Notice::Drain);
        }
    }

    /// Stops reading. The connection ends when no handler runs.
    fn stop_reading(&mut self, now: Instant) {
        match self.phase {
            ServerPhase::Closing { .. } | ServerPhase::Ended(_) => {}
            ServerPhase::Lost { .. } => self.abandon(),
            _ => {
                let until = now + self.config.write_timeout;
                self.phase = ServerPhase::Closing { until };
            }
        }
    }

    /// Asks for the eviction of an open connection, and returns whether it is open. The decision is made by
    /// [`settle_eviction`](Self::settle_eviction).
    pub(crate) fn evict(&mut self) -> bool {
        let is_open = self.phase == ServerPhase::Open;
        if is_open {
            self.phase = ServerPhase::Evicting;
        }
        is_open
    }

    /// Decides about an eviction that was asked for: a client that has sent something stays. One that is
    /// evicted is sent nothing: it has not announced itself.
    pub(crate) fn settle_eviction(&mut self, has_received: impl FnOnce() -> bool) {
        if self.phase == ServerPhase::Evicting {
            self.phase = if has_received() {
                ServerPhase::Open
            } else {
                ServerPhase::Ended(End::Gone)
            };
        }
    }

    /// Ends the connection on behalf of the server.
    pub(crate) fn end_orderly(&mut self) {
        self.end_as(End::Orderly);
    }

    /// Ends the connection because the client broke the protocol, or its user keeps too much memory.
    pub(crate) fn violate(&mut self) {
        self.end_as(End::Violated);
    }

    /// Ends the connection because the client has ended or sent a goodbye.
    pub(crate) fn abandon(&mut self) {
        self.phase = ServerPhase::Ended(End::Gone);
    }

    /// Discards queued and later replies, since the client's socket is closed or its process has ended. Requests that
    /// it sent before are still admitted: one-way calls among them have returned.
    pub(crate) fn lose(&mut self, now: Instant) {
        match self.phase {
            ServerPhase::Open | ServerPhase::Evicting | ServerPhase::DrainRequested => {
                let until = now + self.config.write_timeout;
                self.phase = ServerPhase::Lost { until };
            }
            ServerPhase::Lost { .. } => {}
            // No request would be admitted.
            ServerPhase::Draining | ServerPhase::Closing { .. } | ServerPhase::Ended(_) => {
                self.abandon();
            }
        }
        self.outbox.clear();
    }

    /// Returns whether the client is [lost](Self::lose), and requests that it sent before are read.
    pub(crate) const fn is_lost(&self) -> bool {
        matches!(self.phase, ServerPhase::Lost { .. })
    }

    fn end_as(&mut self, end: End) {
        match self.phase {
            // The first reason counts.
            ServerPhase::Ended(_) => {}
            ServerPhase::Lost { .. } => self.abandon(),
            _ => self.phase = ServerPhase::Ended(end),
        }
    }

    /// Returns whether the connection was ended.
    pub(crate) const fn has_ended(&self) -> bool {
        matches!(self.phase, ServerPhase::Ended(_))
    }

    /// Returns whether the connection is neither ended nor about to end without its client.
    pub(crate) fn is_open(&self) -> bool {
        self.phase != ServerPhase::Evicting && !self.is_lost() && !self.has_ended()
    }

    /// Returns whether messages may be sent to the client.
    pub(crate) fn may_send(&self) -> bool {
        !self.is_lost() && self.phase != ServerPhase::Ended(End::Gone)
    }

    /// Returns whether requests whose handlers are stopped at the connection's end are answered.
    pub(crate) fn answers_stopped(&self) -> bool {
        match self.phase {
            ServerPhase::Ended(end) => end == End::Orderly,
            ServerPhase::Lost { .. } => false,
            _ => true,
        }
    }

    /// Sends a goodbye to a Rust client.
    pub(crate) fn say_bye(&mut self, now: Instant) {
        self.notify(now, Notice::Bye);
    }

    /// Returns whether requests are read (backpressure). They are not read while the reply queue is full, nor while
    /// cancelled handlers that have not ended keep the connection at its limit of requests in flight: the client
    /// has got the permits of these calls back, and would use them.
    pub(crate) fn wants_input(&self) -> bool {
        let waits_for_handlers =
            !self.cancelled.is_empty() && self.config.max_in_flight <= self.handlers();
        !matches!(
            self.phase,
            ServerPhase::Closing { .. } | ServerPhase::Ended(_)
        ) && !waits_for_handlers
            && self.outbox.weight() < self.config.max_queued_reply_bytes
    }

    /// Returns the number of running handlers, including those that were cancelled and have not ended.
    fn handlers(&self) -> usize {
        self.requests.len() + self.cancelled.len()
    }

    /// Returns whether no handler runs and no reply is queued.
    fn is_quiet(&self) -> bool {
        self.requests.is_empty() && self.cancelled.is_empty() && self.outbox.is_empty()
    }

    /// Returns whether the connection is ending and nothing is left to do.
    pub(crate) fn is_finished(&self) -> bool {
        let is_ending = matches!(
            self.phase,
            ServerPhase::Draining | ServerPhase::Closing { .. } | ServerPhase::Ended(_)
        );
        is_ending && self.is_quiet()
    }

    /// Sets when the message began that is not received completely.
    pub(crate) const fn set_midway_since(&mut self, since: Option<Instant>) {
        self.midway_since = since;
    }

    /// Restarts the idle timeout, since nothing was read for a while.
    pub(crate) const fn resume_reading(&mut self, now: Instant) {
        self.last_active = now;
    }

    /// Excuses the silence of a client whose idle timeout or read timeout has passed, if `is_unseen` returns that the
    /// server has not read what the client sent, or did not run. Restarts both timeouts, once until the next message:
    /// a client could otherwise extend its connection with datagrams that are no messages. Returns whether it did.
    /// Then the caller sets [when the message began](Self::set_midway_since), too.
    pub(crate) fn excuse_silence(
        &mut self,
        now: Instant,
        is_unseen: impl FnOnce() -> bool,
    ) -> bool {
        let [_, incomplete, idle, _] = self.timeouts();
        let is_silent = incomplete.into_iter().chain(idle).any(|at| at <= now);
        let is_open = !self.is_lost() && !self.is_finished() && !self.has_ended();
        if !is_silent || !is_open || self.is_excused || !is_unseen() {
            return false;
        }
        self.is_excused = true;
        self.last_active = now;
        true
    }

    /// Returns whether the write timeout has passed. The caller tries to send before it ends the connection.
    pub(crate) fn is_stalled(&self, now: Instant) -> bool {
        let [stalled, ..] = self.timeouts();
        stalled.is_some_and(|at| at <= now)
    }

    /// Restarts the write timeout, since the server did not run for a while.
    pub(crate) fn excuse_stall(&mut self, now: Instant) {
        if let Some(since) = self.outbox.stalled_since() {
            self.outbox.redate(since, now);
        }
    }

    /// Checks the timeouts. Returns how the connection ended, if it did.
    pub(crate) fn end_by_itself(&self, now: Instant) -> Option<EndReason> {
        let [no_progress @ .., idle, closing] = self.timeouts();
        let is_past = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if no_progress.into_iter().any(is_past) {
            Some(EndReason::TimedOut)
        } else {
            let is_over = self.is_finished() || is_past(idle) || is_past(closing);
            is_over.then_some(EndReason::Finished)
        }
    }

    /// Returns when to check the timeouts with [`end_by_itself`](Self::end_by_itself). No event makes this time earlier,
    /// so a timer has to be set again only after it has fired.
    pub(crate) fn next_time(&self, now: Instant) -> Instant {
        let ServerConfig {
            idle_timeout,
            write_timeout,
            read_timeout,
            ..
        } = *self.config;
        let soonest = now + idle_timeout.min(write_timeout).min(read_timeout);
        self.timeouts()
            .into_iter()
            .flatten()
            .fold(soonest, Instant::min)
    }

    fn timeouts(&self) -> [Option<Instant>; 4] {
        let stalled = self
            .outbox
            .stalled_since()
            .map(|since| since + self.config.write_timeout);
        // While nothing is read, the rest of the message cannot be received.
        let incomplete = self
            .midway_since
            .filter(|_| self.wants_input())
            .map(|since| since + self.config.read_timeout);
        let idle = self
            .is_quiet()
            .then(|| self.last_active + self.config.idle_timeout);
        let closing = match self.phase {
            ServerPhase::Closing { until } | ServerPhase::Lost { until } => Some(until),
            _ => None,
        };
        [stalled, incomplete, idle, closing]
    }

    /// Returns the queue of messages to send.
    pub(crate) const fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Checks that the client accepts a reply. A Go client reads only replies that fit into one datagram.
    fn fit(&self, id: u64, data: &Payload<'static>) -> Result<(), Cause> {
        let size = data.len();
        let limit = self.max_message_size();
        if data.max_len(limit) < size {
            return Err(Cause::TooLarge { size, limit });
        }
        let head = ServerHead {
            id,
            kind: ServerMsgType::Data,
            data_len: size,
        };
        if !self.peer.is_announced() && GO_DATAGRAM < head.encoded_len() {
            return Err(Cause::Unfit { size });
        }
        Ok(())
    }

    fn error_text(&self, cause: &Cause, handler: &str) -> Payload<'static> {
        let announced = self.peer.is_announced();
        let window = if announced {
            usize::MAX
        } else {
            GO_DATAGRAM - HEAD_LIMIT
        };
        cause
            .text(handler, announced, self.max_message_size().min(window))
            .into()
    }

    /// Returns the largest data of a message that both sides accept, in bytes.
    pub(crate) fn max_message_size(&self) -> usize {
        let announced = usize::try_from(self.peer.max_message_size).unwrap_or(usize::MAX);
        self.config.max_message_size.min(announced)
    }

    fn notify(&mut self, now: Instant, notice: Notice) {
        if let Some(id) = self.hello_id {
            let mut data = Vec::new();
            notice.encode(&mut data);
            self.push(now, id, ServerMsgType::Data, &mut data.into());
        }
    }

    fn push_error(&mut self, now: Instant, id: u64, handler: &str, cause: &Cause) {
        let mut text = self.error_text(cause, handler);
        self.push(now, id, ServerMsgType::Error, &mut text);
    }

    fn push(&mut self, now: Instant, id: u64, kind: ServerMsgType, data: &mut Payload<'static>) {
        if !self.may_send() {
            return;
        }
        let data_len = data.len();
        self.outbox.push(now, None, data, |out| {
            ServerHead { id, kind, data_len }.encode(out);
        });
    }
}

/// How many requests the memory is kept for while none is in flight: those of the default limit, so that a burst of
/// requests does not allocate again.
const KEPT_REQUESTS: usize = 1792;

/// An upper bound for the header of an error reply: four varints of at most ten bytes.
const HEAD_LIMIT: usize = 64;

/// How many items a field of a `$meta` counts as: it takes two allocations and a search, and so longer than an ID.
const META_FIELD_ITEMS: usize = 4;
