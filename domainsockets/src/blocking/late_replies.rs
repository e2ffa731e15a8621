//! The replies that a Go server still owes a client that is dropped: a thread receives them.

use std::collections::HashSet;
use std::fmt::Display;
use std::os::fd::AsFd;
use std::thread;
use std::time::Instant;

use super::now;
use crate::driver::{DESCRIPTOR_PAUSE, Next, Sink, receive};
use crate::peer::Credentials;
use crate::proto::LATE;
use crate::transport::{BlockingReceiver, PollSet, Process};
use crate::wire::{Reassembler, ServerMsg, WireError};

/// The replies to calls that have ended without one.
///
/// While a reply is not received, a server of the Go package retries it. Until then it answers no other call of that
/// handler.
#[derive(Debug)]
pub(super) struct LateReplies {
    pub(super) receiver: BlockingReceiver,
    /// The server's process, if it can be watched.
    pub(super) process: Option<Process>,
    pub(super) sink: LateSink,
}

/// The calls whose replies are awaited.
#[derive(Debug)]
pub(super) struct LateSink {
    pub(super) inbound: Reassembler,
    pub(super) unanswered: HashSet<u64>,
}

impl LateReplies {
    /// Receives the replies on a thread of their own, and discards them. Ends at the latest after 30 s, or with the
    /// server's process or this one.
    pub(super) fn receive_on_thread(self) {
        let until = now() + LATE;
        let thread = thread::Builder::new().name("late replies".to_owned());
        // If no thread can be started, the Go server has to be restarted. Not logged: a client may be dropped anywhere.
        let _ = thread.spawn(move || self.receive_until(until));
    }

    fn receive_until(mut self, until: Instant) {
        let pidfd = self.process.as_ref().and_then(Process::pidfd);
        while !self.sink.unanswered.is_empty() && now() < until {
            let next = receive(&mut self.receiver, DATAGRAMS, &mut self.sink);
            let waits = match next {
                Next::End => return,
                Next::Receive | Next::Yield => continue,
                Next::Wait => PollSet {
                    arrivals: Some(self.receiver.socket()),
                    end: pidfd.as_deref().map(AsFd::as_fd),
                    ..PollSet::default()
                }
                .wait(now(), until),
                Next::Pause => PollSet::default().wait(now(), until.min(now() + DESCRIPTOR_PAUSE)),
            };
            if waits.map_or(true, |polled| polled.end) {
                return;
            }
        }
    }
}

impl Sink for LateSink {
    fn inbound(&mut self) -> &mut Reassembler {
        &mut self.inbound
    }

    /// The server is known from the handshake.
    fn introduce(&mut self, _: Option<Credentials>) -> Next {
        Next::Receive
    }

    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next {
        let taken = datagram.and_then(|mut datagram| {
            while let Some(frame) = self.inbound.next(&mut datagram)? {
                let reply = ServerMsg::decode_body(frame.body())?;
                self.unanswered.remove(&reply.id);
            }
            Ok(())
        });
        match taken {
            Ok(()) if !self.unanswered.is_empty() => Next::Receive,
            _ => Next::End,
        }
    }

    fn end(&mut self) -> Next {
        Next::End
    }

    fn pass_over(&mut self) {}

    fn report_problem(&mut self, _: &dyn Display) {}
}

/// How many datagrams are received before the time is checked.
const DATAGRAMS: usize = 64;
