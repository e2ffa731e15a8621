//! The client's side of a connection: calls in flight, cancellation and deadlines.

use std::collections::HashSet;
use std::mem;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Outbox;
use super::calls::{Calls, HELLO_ID};
use super::greeting::Greeting;
use super::keep_alive::KeepAlive;
use crate::wire::extension::{BYE, CANCEL, HELLO, META};
use crate::wire::{
    ClientHead, ClientMsg, ClientMsgType, Hello, Meta, Notice, Payload, Reassembler, ServerMsg,
    ServerMsgType, SetupRefusal, WireError, setup_decode, varint,
};

/// The configuration of a client's connection.
#[derive(Clone, Debug)]
pub(crate) struct ClientConfig {
    /// The longest time without sending anything.
    pub(crate) keep_alive_interval: Duration,
    /// The largest data of a request or reply, in bytes.
    pub(crate) max_message_size: usize,
    /// The largest datagram to a Rust peer, in bytes.
    pub(crate) max_datagram_size: usize,
    /// The largest datagram that this side receives completely, in bytes.
    pub(crate) receive_limit: usize,
    /// Whether the client announces itself as a Rust peer (sends `$hello`).
    pub(crate) announce: bool,
}

/// The client's state of a connection.
///
/// `S` receives the outcome of a call. `L` names what is learned from the reply to a one-way call.
#[derive(Debug)]
pub(crate) struct ClientConnection<S, L = ()> {
    config: ClientConfig,
    calls: Calls<CallSlot<S, L>>,
    /// Replies to one-way calls that something is learned from.
    discarded: Vec<(L, Outcome)>,
    outbox: Outbox,
    announcement: Announcement,
    greeting: Greeting,
    peer: Hello,
    /// The calls that ended without a reply before the server has announced itself. If it announces itself, the client
    /// cancels them. A server of the Go package never does. It retries each reply until the client receives it.
    unanswered: HashSet<u64>,
    draining: bool,
    phase: ClientPhase,
    keep_alive: KeepAlive,
    /// The number of replies without a call in flight.
    stray_replies: u64,
}

/// The event that a call in flight waits for.
#[derive(Debug)]
enum CallSlot<S, L> {
    /// Its reply.
    Reply(S),
    /// That its request is sent.
    Sent(S, Option<L>),
    /// Nothing: the request was sent, and the reply will be discarded.
    Detached(Option<L>),
}

/// The life of a connection. It only advances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientPhase {
    /// Calls can begin.
    Open,
    /// The client has closed the connection. Messages that are queued may be sent until then.
    Lingering { until: Instant },
    /// Sending has failed permanently. Replies that the server sent before can still be received.
    Lost,
    /// All calls have ended.
    Closed,
}

/// The state of this side's hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Announcement {
    Off,
    /// It will be sent with the next call.
    Due,
    /// It was queued, and is not answered yet.
    Written,
    /// It was answered. The server sends notices under its ID.
    Answered,
}

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The request of a one-way call was sent: the kernel has all of it.
    Sent,
    Reply {
        kind: ServerMsgType,
        data: Bytes,
        /// Whether the server is a Rust peer, whose error texts contain the cause.
        announced: bool,
    },
    Expired,
    Disconnected {
        may_have_run: bool,
    },
    /// The server broke the protocol, so its replies cannot be read any more.
    Violated(WireError),
}

/// The reason why a call was not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallRefused {
    /// The connection is closed or lost.
    Disconnected,
    TooLarge {
        size: usize,
        limit: usize,
    },
    ShuttingDown,
    Expired,
}

impl<S, L> ClientConnection<S, L> {
    /// Returns a connection after the handshake.
    pub(crate) fn new(config: ClientConfig, now: Instant) -> Self {
        Self {
            calls: Calls::new(),
            discarded: Vec::new(),
            outbox: Outbox::new(now, config.max_datagram_size),
            announcement: if config.announce {
                Announcement::Due
            } else {
                Announcement::Off
            },
            greeting: Greeting::Done,
            peer: Hello::UNANNOUNCED,
            unanswered: HashSet::new(),
            draining: false,
            phase: ClientPhase::Open,
            keep_alive: KeepAlive::new(config.keep_alive_interval, now),
            stray_replies: 0,
            config,
        }
    }

    /// Says hello on a connection over a socket pair, whose server has not greeted yet, and waits for that until a time.
    /// Requests wait as well, unless the owner of the server's socket file vouches for the server.
    ///
    /// Such a server receives large datagrams from the first one on.
    pub(crate) fn await_greeting(&mut self, now: Instant, until: Instant, is_vouched_for: bool) {
        self.greeting = Greeting::Awaited {
            until,
            holds_requests: !is_vouched_for,
        };
        self.outbox.fit(&Hello {
            max_datagram_size: u64::MAX,
            ..Hello::UNANNOUNCED
        });
        self.say_hello(now);
    }

    /// Records that a process which may serve this client has sent the first datagram. The connection waits for no
    /// greeting any more.
    pub(crate) const fn introduced(&mut self) {
        self.greeting = Greeting::Introduced;
    }

    /// Returns whether the server is known, and has not refused the client.
    pub(crate) fn is_greeted(&self) -> bool {
        self.greeting == Greeting::Done
    }

    /// Returns whether the server has not greeted in time.
    pub(crate) fn is_unanswered(&self, now: Instant) -> bool {
        self.greeting.due_at().is_some_and(|until| until <= now)
    }

    /// Starts a call and returns its ID. Leaves data that it copies to the caller. `meta` is a message of its own before
    /// the request, which is sent or withdrawn with it. A client that does not announce itself does not send it.
    pub(crate) fn call(
        &mut self,
        now: Instant,
        deadline: Option<Instant>,
        handler: &str,
        data: &mut Payload<'_>,
        meta: Option<&Meta>,
        slot: S,
    ) -> Result<u64, CallRefused> {
        if self.phase != ClientPhase::Open {
            return Err(CallRefused::Disconnected);
        }
        let announced = usize::try_from(self.peer.max_message_size).unwrap_or(usize::MAX);
        let limit = announced.min(self.config.max_message_size);
        if data.len() > data.max_len(limit) {
            return Err(CallRefused::TooLarge {
                size: data.len(),
                limit,
            });
        }
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(CallRefused::Expired);
        }
        if self.draining {
            return Err(CallRefused::ShuttingDown);
        }
        if self.announcement == Announcement::Due {
            self.say_hello(now);
        }
        let id = self.calls.allocate_id();
        let data_len = data.len();
        let meta = meta.filter(|_| self.config.announce);
        self.outbox.push(now, Some(id), data, |out| {
            if let Some(meta) = meta {
                ClientHead {
                    id: 0,
                    kind: ClientMsgType::KeepAlive,
                    handler: META,
                    data_len: meta.encoded_len(),
                }
                .encode(out);
                meta.encode(out);
            }
            ClientHead {
                id,
                kind: ClientMsgType::Data,
                handler,
                data_len,
            }
            .encode(out);
        });
        self.calls.register(id, deadline, CallSlot::Reply(slot));
        Ok(id)
    }

    /// Makes the call that was begun last a one-way call: it is complete once its request was sent. The call
    /// stays in flight until it is answered or expires, and its reply is [discarded](Self::discarded).
    pub(crate) fn complete_when_sent(&mut self, id: u64, learns: Option<L>) {
        self.outbox.report_last();
        if let Some(waiting) = self.calls.slot(id) {
            *waiting = match mem::replace(waiting, CallSlot::Detached(None)) {
                CallSlot::Reply(slot) => CallSlot::Sent(slot, learns),
                other => other,
            };
        }
    }

    /// Returns whether [`complete_sent`](Self::complete_sent) has something to do.
    #[inline]
    pub(crate) const fn has_sent(&self) -> bool {
        self.outbox.has_sent()
    }

    /// Completes the one-way calls whose requests were sent: hands each to `complete`, with
    /// [`Outcome::Sent`] for its outcome.
    pub(crate) fn complete_sent(&mut self, mut complete: impl FnMut(S)) {
        let mut sent = mem::take(self.outbox.sent());
        for id in sent.drain(..) {
            let Some(waiting) = self.calls.slot(id) else {
                continue;
            };
            *waiting = match mem::replace(waiting, CallSlot::Detached(None)) {
                CallSlot::Sent(slot, learns) => {
                    complete(slot);
                    CallSlot::Detached(learns)
                }
                other => other,
            };
        }
        // Keeps the capacity.
        *self.outbox.sent() = sent;
    }

    /// Returns whether there is a reply to a one-way call that something is learned from.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(crate) const fn has_discarded(&self) -> bool {
        !self.discarded.is_empty()
    }

    /// Returns the replies to one-way calls that something is learned from, to be taken.
    pub(crate) const fn discarded(&mut self) -> &mut Vec<(L, Outcome)> {
        &mut self.discarded
    }

    /// Cancels a call: withdraws its request if nothing of it was sent, and otherwise notifies a Rust server. Returns
    /// whether the call was in flight.
    pub(crate) fn cancel(&mut self, now: Instant, id: u64) -> bool {
        let in_flight = self.calls.complete(id).is_some();
        if in_flight {
            self.cancel_ended(now, id);
        }
        in_flight
    }

    /// Processes the messages in a datagram, and appends the calls that they complete to `done`.
    ///
    /// # Errors
    ///
    /// [`WireError`] if the server broke the protocol. The caller closes the connection.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        inbound: &mut Reassembler,
        mut datagram: &[u8],
        done: &mut Vec<(S, Outcome)>,
    ) -> Result<Event, WireError> {
        let mut event = Event::None;
        let is_first = self.greeting.take_introduction();
        if !self.peer.is_announced() && !inbound.is_midway() && setup_decode(datagram).is_ok() {
            // A Go server answers every setup message that names this client's socket, also those of
            // others. Its replies begin with a `total` that fits their datagram; this does not.
            self.stray_replies += 1;
            return Ok(event);
        }
        while let Some(frame) = inbound.next(&mut datagram)? {
            let ServerMsg { id, kind, data } = ServerMsg::decode_body(frame.body())?;
            if let Some(waiting) = self.calls.complete(id) {
                if let CallSlot::Detached(None) = waiting {
                    continue;
                }
                let outcome = Outcome::Reply {
                    kind,
                    data: frame.tail(data.len()),
                    announced: self.peer.is_announced(),
                };
                match waiting {
                    CallSlot::Reply(slot) | CallSlot::Sent(slot, _) => done.push((slot, outcome)),
                    CallSlot::Detached(learns) => {
                        self.discarded
                            .extend(learns.map(|learns| (learns, outcome)));
                    }
                }
                continue;
            }
            if self.unanswered.remove(&id) {
                self.stray_replies += 1;
                continue;
            }
            if id == HELLO_ID && kind == ServerMsgType::Error {
                if is_first {
                    return Ok(Event::Refused(SetupRefusal::parse(data)));
                }
                self.stray_replies += 1;
                event = Event::Unassigned;
                continue;
            }
            match self.announcement {
                Announcement::Written if id == HELLO_ID => match Notice::decode(data) {
                    Ok(Notice::Hello(hello)) if hello.is_announced() => {
                        self.announcement = Announcement::Answered;
                        self.learn_hello(now, hello);
                        event = Event::Announced {
                            in_flight_limit: hello.in_flight_limit,
                        };
                    }
                    // A handler of the Go package that does not copy the request's ID.
                    _ => {
                        self.stray_replies += 1;
                        event = Event::Unassigned;
                    }
                },
                Announcement::Answered if id == HELLO_ID => match Notice::decode(data)? {
                    Notice::Drain => self.draining = true,
                    Notice::Bye => return Ok(Event::Bye),
                    Notice::Hello(_) | Notice::Unknown => {}
                },
                _ => self.stray_replies += 1,
            }
        }
        Ok(event)
    }

    /// Does everything that is due: ends calls whose deadlines have passed, and queues a keep-alive message.
    pub(crate) fn on_time(&mut self, now: Instant, done: &mut Vec<(S, Outcome)>) {
        while let Some((id, waiting)) = self.calls.pop_expired(now) {
            self.cancel_ended(now, id);
            done.extend(waiting.into_slot().map(|slot| (slot, Outcome::Expired)));
        }
        // A queued message serves as a keep-alive once it is sent.
        if self.keep_alive.take_due(now, self.outbox.last_sent()) && self.outbox.is_empty() {
            self.push(now, ClientMsg::KEEP_ALIVE);
        }
    }

    /// Returns when [`on_time`](Self::on_time) has something to do, or the connection [is over](Self::is_over).
    pub(crate) fn next_time(&self) -> Instant {
        let lingering = match self.phase {
            ClientPhase::Lingering { until } => Some(until),
            _ => None,
        };
        [
            self.calls.next_deadline(),
            lingering,
            self.greeting.due_at(),
        ]
        .into_iter()
        .flatten()
        .fold(
            self.keep_alive.due_at(self.outbox.last_sent()),
            Instant::min,
        )
    }

    /// Closes an open connection: no call begins any more, and a server that has announced itself is sent a
    /// goodbye. Messages that are queued may still be sent for [`LINGER`].
    ///
    /// If the server has not announced itself, ends its calls, and awaits their replies for [`LATE`]. A server of the Go
    /// package retries a reply until the client receives it, and answers no other call of that handler before.
    pub(crate) fn close(&mut self, now: Instant, done: &mut Vec<(S, Outcome)>) {
        if self.phase != ClientPhase::Open {
            return;
        }
        if self.peer.is_announced() || self.greeting != Greeting::Done {
            self.phase = ClientPhase::Lingering {
                until: now + LINGER,
            };
            if self.peer.is_announced() {
                self.push(now, extension(0, BYE, |_| {}).message());
            }
            return;
        }
        self.phase = ClientPhase::Lingering { until: now + LATE };
        // A message that cannot be sent shows that the server's socket is closed.
        self.keep_alive.hasten(now, LATE_KEEP_ALIVE);
        self.complete_sent(|slot| done.push((slot, Outcome::Sent)));
        let unsent: HashSet<u64> = self.outbox.unsent_ids().collect();
        for (id, waiting) in self.calls.drain() {
            let may_have_run = !unsent.contains(&id);
            self.unanswered.insert(id);
            let outcome = Outcome::Disconnected { may_have_run };
            done.extend(waiting.into_slot().map(|slot| (slot, outcome)));
        }
    }

    /// Takes the IDs of the calls that have ended without a reply.
    #[cfg(feature = "blocking")]
    pub(crate) fn take_unanswered(&mut self) -> HashSet<u64> {
        mem::take(&mut self.unanswered)
    }

    /// Returns whether a closed connection awaits replies to calls that have ended.
    #[cfg(feature = "blocking")]
    pub(crate) fn awaits_late_replies(&self) -> bool {
        matches!(self.phase, ClientPhase::Lingering { .. }) && !self.unanswered.is_empty()
    }

    /// Records that sending has failed for good.
    pub(crate) fn lose(&mut self) {
        if self.phase != ClientPhase::Closed {
            self.phase = ClientPhase::Lost;
        }
    }

    /// Returns whether a call can begin.
    pub(crate) fn is_usable(&self) -> bool {
        self.phase == ClientPhase::Open && !self.draining
    }

    /// Returns whether messages may be sent.
    pub(crate) fn may_send(&self) -> bool {
        let is_open = matches!(
            self.phase,
            ClientPhase::Open | ClientPhase::Lingering { .. }
        );
        is_open && !(self.greeting.holds_requests() && self.outbox.last_sent().is_some())
    }

    /// Returns whether sending has failed for good, though calls may still be answered.
    #[cfg(feature = "blocking")]
    pub(crate) fn is_lost(&self) -> bool {
        self.phase == ClientPhase::Lost
    }

    /// Returns whether all calls have ended, with the connection.
    pub(crate) fn is_closed(&self) -> bool {
        self.phase == ClientPhase::Closed
    }

    /// Returns whether nothing is left to send, or nothing can be sent.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        match self.phase {
            ClientPhase::Open => false,
            ClientPhase::Lingering { until } => {
                !self.has_output() && self.unanswered.is_empty() || until <= now
            }
            ClientPhase::Lost | ClientPhase::Closed => true,
        }
    }

    /// Ends all calls, since the connection has ended.
    pub(crate) fn disconnect(
        &mut self,
        violation: Option<WireError>,
        done: &mut Vec<(S, Outcome)>,
    ) {
        self.phase = ClientPhase::Closed;
        self.complete_sent(|slot| done.push((slot, Outcome::Sent)));
        let unsent: HashSet<u64> = self.outbox.unsent_ids().collect();
        for (id, waiting) in self.calls.drain() {
            let Some(slot) = waiting.into_slot() else {
                continue;
            };
            let may_have_run = !unsent.contains(&id);
            let outcome = match violation {
                Some(violation) if may_have_run => Outcome::Violated(violation),
                _ => Outcome::Disconnected { may_have_run },
            };
            done.push((slot, outcome));
        }
        self.outbox.clear();
    }

    /// Returns the queue of messages to send.
    pub(crate) const fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Returns the number of replies without a call in flight.
    pub(crate) const fn stray_replies(&self) -> u64 {
        self.stray_replies
    }

    /// Returns the number of calls in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.calls.len()
    }

    /// Returns whether messages are queued.
    pub(crate) const fn has_output(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Returns whether enough is queued to send it now, so that the server works while further calls are written.
    pub(crate) fn has_batch(&self) -> bool {
        self.outbox.has_batch() && self.calls.len() <= BATCHES * self.outbox.messages()
    }

    fn cancel_ended(&mut self, now: Instant, id: u64) {
        if self.outbox.withdraw(id) {
            self.withdraw_hello();
        } else if self.peer.is_announced() {
            self.cancel_at_server(now, &[id]);
        } else if self.unanswered.len() < MAX_UNANSWERED {
            self.unanswered.insert(id);
        }
    }

    /// Learns from the server's hello that it is a Rust peer, and its limits.
    fn learn_hello(&mut self, now: Instant, hello: Hello) {
        self.peer = hello;
        self.outbox.fit(&hello);
        let unanswered: Vec<u64> = self.unanswered.drain().collect();
        if matches!(self.phase, ClientPhase::Lingering { .. }) {
            // It was closed in the meantime. The goodbye cancels all.
            self.phase = ClientPhase::Lingering {
                until: now + LINGER,
            };
            self.push(now, extension(0, BYE, |_| {}).message());
        } else if !unanswered.is_empty() {
            self.cancel_at_server(now, &unanswered);
        }
    }

    fn say_hello(&mut self, now: Instant) {
        let id = HELLO_ID;
        let own = Hello::new(self.config.receive_limit, self.config.max_message_size);
        let hello = extension(id, HELLO, |data| own.encode(data));
        self.outbox
            .push(now, Some(id), &mut Payload::default(), |out| {
                hello.message().encode(out);
            });
        self.announcement = Announcement::Written;
    }

    /// Withdraws the hello if it was not sent and no call is queued behind it, which needs the hello first.
    fn withdraw_hello(&mut self) {
        if self.announcement == Announcement::Written
            && self.greeting == Greeting::Done
            && self.outbox.unsent_ids().all(|unsent| unsent == HELLO_ID)
            && self.outbox.withdraw(HELLO_ID)
        {
            self.announcement = Announcement::Due;
        }
    }

    fn cancel_at_server(&mut self, now: Instant, ids: &[u64]) {
        let cancel = extension(0, CANCEL, |data| {
            for id in ids {
                varint::encode(*id, data);
            }
        });
        self.push(now, cancel.message());
    }

    fn push(&mut self, now: Instant, message: ClientMsg<'_>) {
        self.outbox.push(now, None, &mut Payload::default(), |out| {
            message.encode(out);
        });
    }
}

impl<S, L> CallSlot<S, L> {
    /// Returns where the outcome goes, if a caller waits for it.
    fn into_slot(self) -> Option<S> {
        match self {
            Self::Reply(slot) | Self::Sent(slot, _) => Some(slot),
            Self::Detached(_) => None,
        }
    }
}

/// An event of the connection, apart from completed calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    None,
    /// The server has announced itself as a Rust peer, with its limit of requests in flight.
    Announced {
        in_flight_limit: u64,
    },
    /// The server closes the connection.
    Bye,
    /// The server refuses the client, before it has read anything of it.
    Refused(SetupRefusal),
    /// A reply has the ID 0, which no call has.
    Unassigned,
}

/// An extension message and its data.
struct Extension {
    id: u64,
    handler: &'static str,
    data: Vec<u8>,
}

fn extension(id: u64, handler: &'static str, encode: impl FnOnce(&mut Vec<u8>)) -> Extension {
    let mut data = Vec::new();
    encode(&mut data);
    Extension { id, handler, data }
}

impl Extension {
    fn message(&self) -> ClientMsg<'_> {
        ClientMsg {
            id: self.id,
            kind: ClientMsgType::KeepAlive,
            handler: self.handler,
            data: &self.data,
        }
    }
}

/// How long queued messages and the goodbye may wait for the server's queue after the client closes its connection.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// What a reply of ID 0 means that is no answer to the hello.
pub(crate) const UNASSIGNED: &str = "the server has sent a reply to call 0, which is not in flight: a handler of the Go \
                                     package has to copy the request's ID into its reply";

/// How long replies of a server that has not announced itself are awaited after the client closes its connection.
pub(crate) const LATE: Duration = Duration::from_secs(30);

/// How often the server is asked meanwhile whether it still exists.
const LATE_KEEP_ALIVE: Duration = Duration::from_millis(500);

/// How many calls that have ended without a reply are remembered. A Go server may never answer them.
const MAX_UNANSWERED: usize = 1000;

/// Into how many batches the calls in flight are divided, so that client and server work in parallel.
const BATCHES: usize = 4;
