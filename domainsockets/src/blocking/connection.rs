//! A connection on which one call is made after the other.

use std::fmt::Display;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::agreed::Agreed;
use crate::drive::{Flush, Flushed, Next, Sink, now, receive, send};
use crate::proto::{ClientConfig, ClientConnection, Event, Outcome};
use crate::transport::unregistered::Receiver;
use crate::transport::{Awaited, Process, Sender};
use crate::wire::{Payload, Reassembler, WireError, max_total};
use crate::{CallOptions, Error, Peer};

/// The state of a connection, and its sockets.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) server: Peer,
    sender: Sender,
    receiver: Receiver,
    process: Process,
    flush: Flush,
    replies: Replies,
    /// Which methods are known to be what the server has.
    agreed: Agreed<()>,
    used_at: Instant,
}

/// Takes replies out of datagrams.
#[derive(Debug)]
struct Replies {
    machine: ClientConnection<()>,
    inbound: Reassembler,
    /// How the call has ended.
    done: Vec<((), Outcome)>,
    is_over: bool,
}

/// How a call has failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Error,
    /// Whether nothing of its request has left, since the connection had ended before.
    pub(super) came_late: bool,
}

impl Connection {
    pub(super) fn new(
        server: Peer,
        sender: Sender,
        receiver: Receiver,
        process: Process,
        config: ClientConfig,
    ) -> Self {
        let now = now();
        let inbound = Reassembler::new(max_total(config.message_limit));
        Self {
            server,
            sender,
            receiver,
            process,
            flush: Flush::Idle,
            replies: Replies {
                machine: ClientConnection::new(config, now),
                inbound,
                done: Vec::new(),
                is_over: false,
            },
            agreed: Agreed::default(),
            used_at: now,
        }
    }

    /// Sends the server a first datagram.
    pub(super) fn greet(&mut self) {
        let Replies { machine, done, .. } = &mut self.replies;
        machine.on_time(now(), done);
        self.flush();
    }

    /// Whether a call can be made: the server has not said that it is over, and has heard of this side
    /// recently enough not to have dropped it.
    pub(super) fn is_usable(&mut self) -> bool {
        self.receive();
        let is_fresh = now().saturating_duration_since(self.used_at) < STALE;
        is_fresh && !self.replies.is_over && !self.replies.machine.is_draining()
    }

    /// Makes a call.
    pub(super) fn call(
        &mut self,
        handler: &str,
        data: Payload,
        deadline: Instant,
        options: &CallOptions,
    ) -> Result<Bytes, Failed> {
        let announced = options.compared().filter(|method| !self.agreed.has(method));
        let unsent = |error| Failed {
            error,
            came_late: false,
        };
        let mut signature = None;
        if let Some(method) = announced {
            self.agreed.check(method).map_err(unsent)?;
            signature = method.signature().hash();
        }
        let begun = now();
        self.used_at = begun;
        // What an earlier call has left is nobody's.
        self.replies.done.clear();
        let meta = options.meta(begun, Some(deadline), signature);
        let called =
            self.replies
                .machine
                .call(begun, Some(deadline), handler, data, meta.as_ref(), ());
        called.map_err(|refused| unsent(refused.into()))?;
        let outcome = loop {
            if self.flush.is_due(now(), true) {
                self.flush();
            }
            if let Some(((), outcome)) = self.replies.done.pop() {
                break outcome;
            }
            self.wait();
        };
        if let Some(method) = announced {
            self.agreed.learn(method, &outcome);
            self.agreed.check(method).map_err(unsent)?;
        }
        let came_late = matches!(
            outcome,
            Outcome::Disconnected {
                may_have_run: false
            }
        );
        outcome
            .into_result(handler)
            .map_err(|error| Failed { error, came_late })
    }

    /// Says goodbye, as far as there is room for that.
    pub(super) fn close(&mut self) {
        if !self.replies.is_over {
            self.replies.machine.say_bye(now());
            self.flush();
        }
    }

    /// Waits for something to do, and does it.
    fn wait(&mut self) {
        let now = now();
        let machine = &mut self.replies.machine;
        let next = machine.next_time();
        let until = self.flush.paused_until().map_or(next, |at| at.min(next));
        let awaited = Awaited {
            arrivals: Some(self.receiver.socket()),
            room: self
                .sender
                .socket()
                .filter(|_| self.flush == Flush::Blocked),
            end: self.process.pidfd(),
        };
        match awaited.wait(now, until) {
            Ok(come) => {
                if come.arrivals {
                    self.receive();
                }
                if come.room {
                    self.flush = Flush::Idle;
                }
                if come.end {
                    // What the server had still sent is as good as before.
                    self.receive();
                    self.lose(None);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot wait for the server");
                self.lose(None);
            }
        }
        let Replies { machine, done, .. } = &mut self.replies;
        machine.on_time(crate::drive::now(), done);
    }

    fn receive(&mut self) {
        loop {
            match receive(&mut self.receiver, usize::MAX, &mut self.replies) {
                Next::Receive | Next::Yield => {}
                Next::Wait => return,
                Next::End => return self.lose(None),
            }
        }
    }

    fn flush(&mut self) {
        let outbox = self.replies.machine.outbox();
        let sent = send(&self.sender, outbox, &mut self.flush, |kind, what| {
            tracing::warn!(kind, "the server is lost: {what}");
        });
        if sent == Flushed::Broken {
            // What it has still sent is as good as before.
            self.receive();
            self.lose(None);
        }
    }

    fn lose(&mut self, violation: Option<WireError>) {
        let Replies {
            machine,
            done,
            is_over,
            ..
        } = &mut self.replies;
        *is_over = true;
        machine.disconnect(violation, done);
    }
}

impl Sink for Replies {
    fn inbound(&mut self) -> &mut Reassembler {
        &mut self.inbound
    }

    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next {
        let Self {
            machine,
            inbound,
            done,
            is_over,
        } = self;
        if *is_over {
            return Next::End;
        }
        let event = datagram.and_then(|datagram| machine.receive(now(), inbound, datagram, done));
        match event {
            Ok(Event::Bye) => Next::End,
            // Whoever has been answered goes on.
            Ok(_) if machine.in_flight() == 0 => Next::Wait,
            Ok(_) => Next::Receive,
            Err(violation) => {
                tracing::warn!(%violation, "the server broke the protocol");
                *is_over = true;
                machine.disconnect(Some(violation), done);
                Next::End
            }
        }
    }

    fn pass_over(&mut self) {}

    fn complain(&self, what: &dyn Display) {
        tracing::warn!(kind = "receiving", "the server is lost: {what}");
    }
}

/// A server drops who is silent for 30 s, and nobody sends keepalives between calls.
const STALE: Duration = Duration::from_secs(25);
