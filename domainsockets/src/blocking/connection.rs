//! A connection on which one call is made after the other.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::now;
use super::replies::Replies;
use crate::call::Compatibility;
use crate::call::Method;
use crate::driver::{FlushState, Flushed, Next, receive, send};
use crate::proto::{ClientConfig, ClientConnection, Outcome};
use crate::transport::unregistered::Receiver;
use crate::transport::{Ended, PollSet, Process, Sender};
use crate::wire::{Payload, Reassembler, max_total};
use crate::{CallOptions, Error, Peer};

/// The state of a connection, and its sockets. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) server: Peer,
    sender: Sender,
    receiver: Receiver,
    /// None before it is watched.
    process: Option<Process>,
    flush: FlushState,
    replies: Replies,
    /// Which methods are known to be what the server has.
    agreed: Compatibility<u64>,
    /// The number of the last call.
    last: u64,
}

/// A call that is to be made.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) handler: &'a str,
    pub(super) data: Payload,
    pub(super) deadline: Instant,
    pub(super) options: &'a CallOptions,
    /// The method that it announces, and the number of its signature, if it has one.
    pub(super) announces: Option<(&'static Method, Option<u64>)>,
    pub(super) until: Until,
}

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    Reply,
    /// That its request has left. Nobody learns what comes of it.
    Left,
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
        config: ClientConfig,
    ) -> Self {
        let inbound = Reassembler::new(max_total(config.max_message_size));
        Self {
            server,
            sender,
            receiver,
            process: None,
            flush: FlushState::Idle,
            replies: Replies {
                machine: ClientConnection::new(config, now()),
                inbound,
                done: Vec::new(),
                is_over: false,
            },
            agreed: Compatibility::default(),
            last: 0,
        }
    }

    /// Sends the server a first datagram.
    pub(super) fn greet(&mut self) {
        self.keep_time();
        self.flush();
    }

    /// Sees the end of the server's process from now on. Its id may be another one's by now only if the server
    /// has ended, and its sockets with it, which is found with the next request.
    pub(super) fn watch(&mut self) -> Result<(), Ended> {
        self.process = Some(Process::watch(self.server.pid)?);
        Ok(())
    }

    /// Whether a call can be made: the server has not said that it is over, and has heard of this side
    /// recently enough not to have dropped it.
    pub(super) fn is_usable(&mut self) -> bool {
        self.file();
        // What an earlier call has left behind may stand in front of a goodbye.
        for _ in 0..TURNS {
            if self.receive() != Next::Yield {
                break;
            }
        }
        self.file();
        let last_sent = self.replies.machine.outbox().last_sent();
        let is_fresh = last_sent.is_some_and(|sent| now().duration_since(sent) < STALE);
        is_fresh && !self.replies.is_over && !self.replies.machine.is_draining()
    }

    /// Whether it is open what the server understands by a method, or how it differs.
    pub(super) fn knows(&self, method: &'static Method) -> Result<bool, Error> {
        self.agreed.check(method)?;
        Ok(self.agreed.has(method))
    }

    /// Makes a call.
    pub(super) fn call(&mut self, draft: &Draft<'_>) -> Result<Bytes, Failed> {
        let Draft {
            handler,
            deadline,
            options,
            announces,
            until,
            ..
        } = *draft;
        let failed = |error, came_late| Failed { error, came_late };
        self.last += 1;
        let number = self.last;
        let begun = now();
        let signature = announces.and_then(|(_, signature)| signature);
        let meta = options.meta(begun, Some(deadline), signature);
        let id = self
            .replies
            .machine
            .call(
                begun,
                Some(deadline),
                handler,
                &mut draft.data.clone(),
                meta.as_ref(),
                number,
            )
            .map_err(|refused| failed(refused.into(), false))?;
        let outcome = loop {
            if self.flush.is_due(now(), true) {
                self.flush();
            }
            if let Some(outcome) = self.take_outcome(number) {
                break outcome;
            }
            if until == Until::Left && self.replies.machine.outbox().has_left(id) {
                if let Some((method, _)) = announces {
                    self.agreed.leave(number, method);
                }
                return Ok(Bytes::new());
            }
            self.wait();
        };
        if let Some((method, _)) = announces {
            self.agreed.learn(method, &outcome);
            self.agreed
                .check(method)
                .map_err(|error| failed(error, false))?;
        }
        if until == Until::Left && matches!(outcome, Outcome::Reply { .. }) {
            return Ok(Bytes::new());
        }
        let came_late = matches!(
            outcome,
            Outcome::Disconnected {
                may_have_run: false
            }
        );
        outcome
            .into_result(handler)
            .map_err(|error| failed(error, came_late))
    }

    /// How a call has ended, if it has. What has come of others is filed.
    fn take_outcome(&mut self, number: u64) -> Option<Outcome> {
        let done = &mut self.replies.done;
        let own = done.iter().position(|(ended, _)| *ended == number);
        let outcome = own.map(|index| done.swap_remove(index).1);
        self.file();
        outcome
    }

    /// Learns what there is to be learnt from calls for which nobody has waited.
    fn file(&mut self) {
        for (number, outcome) in self.replies.done.drain(..) {
            self.agreed.end(&number, &outcome);
        }
    }

    /// Waits for something to do, and does it.
    fn wait(&mut self) {
        let next = self.replies.machine.next_time();
        let until = self.flush.paused_until().map_or(next, |at| at.min(next));
        let awaited = PollSet {
            arrivals: Some(self.receiver.socket()),
            room: self
                .sender
                .socket()
                .filter(|_| self.flush == FlushState::Blocked),
            end: self.process.as_ref().and_then(Process::pidfd),
        };
        match awaited.wait(now(), until) {
            Ok(come) => {
                if come.arrivals {
                    self.receive();
                }
                if come.room {
                    self.flush = FlushState::Idle;
                }
                if come.end {
                    self.drain();
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot wait for the server");
                self.replies.lose(None);
            }
        }
        self.keep_time();
    }

    fn keep_time(&mut self) {
        let Replies { machine, done, .. } = &mut self.replies;
        machine.on_time(now(), done);
    }

    /// Takes what has arrived, but not for ever: there is a deadline to be kept.
    fn receive(&mut self) -> Next {
        let next = receive(&mut self.receiver, DATAGRAMS_PER_TURN, &mut self.replies);
        if next == Next::End {
            self.replies.lose(None);
        }
        next
    }

    /// Takes what a server has left that is lost, which is as good as before, and ends the connection.
    fn drain(&mut self) {
        for _ in 0..TURNS {
            if self.receive() != Next::Yield {
                break;
            }
        }
        self.replies.lose(None);
    }

    fn flush(&mut self) {
        let outbox = self.replies.machine.outbox();
        let sent = send(&self.sender, outbox, &mut self.flush, now, |kind, what| {
            tracing::warn!(kind, "the server is lost: {what}");
        });
        self.replies.machine.outbox().released().clear();
        if sent == Flushed::Broken {
            self.drain();
        }
    }
}

impl Drop for Connection {
    /// Says goodbye, as far as there is room for that.
    fn drop(&mut self) {
        if !self.replies.is_over {
            self.replies.machine.say_bye(now());
            self.flush();
        }
    }
}

/// A server drops who is silent for 30 s, and nobody sends keepalives between calls.
const STALE: Duration = Duration::from_secs(25);

/// How many datagrams are taken before the time is looked at.
const DATAGRAMS_PER_TURN: usize = 64;

/// How many turns are taken where nothing else is waited for.
const TURNS: usize = 16;
