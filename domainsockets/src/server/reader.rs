//! The task that reads a connection's requests and begins to handle them.

use std::future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::task::yield_now;
use tokio::time::sleep_until;

use super::connection::{Connection, InFlight, Life, Task, finish};
use super::handler::{Methods, Running};
use crate::flush::Flush;
use crate::proto::{Admission, Incoming};
use crate::stats::ServerCounters;
use crate::transport::{Received, Receiver, SocketFile, with_receive_buffer};
use crate::wire::{Cause, ClientMsg, Frame, Reassembler, WireError};

/// Reads one connection.
pub(super) struct Reader {
    connection: Arc<Connection>,
    methods: Arc<Methods>,
    counters: Arc<ServerCounters>,
    receiver: Receiver,
    inbound: Reassembler,
    /// The socket's file, until the client has connected.
    file: Option<SocketFile>,
    armed: Instant,
}

/// What the reader is to wait for.
struct Plan {
    /// When the timer is to fire, if not as it is set.
    rearm: Option<Instant>,
    /// Whether requests are to be read.
    for_input: bool,
    /// Whether the client's queue is full.
    for_room: bool,
}

/// How reading goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Receive,
    Wait,
    End,
}

impl Reader {
    pub(super) fn new(
        connection: Arc<Connection>,
        methods: Arc<Methods>,
        counters: Arc<ServerCounters>,
        receiver: Receiver,
        file: SocketFile,
        max_total: usize,
    ) -> Self {
        counters.opened();
        Self {
            connection,
            methods,
            counters,
            receiver,
            inbound: Reassembler::new(max_total),
            file: Some(file),
            armed: Instant::now(),
        }
    }

    /// Reads until the connection is over.
    pub(super) async fn run(mut self) {
        let mut timer = pin!(sleep_until(self.armed.into()));
        let mut woken = false;
        while let Some(Plan {
            rearm,
            for_input,
            for_room,
        }) = self.plan(woken)
        {
            if let Some(at) = rearm {
                timer.as_mut().reset(at.into());
            }
            woken = false;
            tokio::select! {
                biased;
                ready = self.readable(for_input) => {
                    let next = if ready.is_ok() { self.receive() } else { Next::End };
                    match next {
                        Next::Receive => yield_now().await,
                        Next::Wait => {}
                        Next::End => break,
                    }
                }
                room = self.room(for_room) => {
                    if room.is_err() {
                        break;
                    }
                    self.connection.flush(&mut self.connection.lock());
                }
                () = timer.as_mut() => {}
                () = self.connection.wake.notified() => woken = true,
            }
        }
    }

    /// Does what is due, and says what to wait for; `None` if the connection is over.
    fn plan(&mut self, woken: bool) -> Option<Plan> {
        let now = Instant::now();
        let mut state = self.connection.lock();
        let flushes = match state.flush {
            Flush::Idle => state.machine.has_output(),
            Flush::Scheduled => woken,
            Flush::Paused { until, .. } => until <= now,
            Flush::Blocked => false,
        };
        if flushes {
            self.connection.flush(&mut state);
        }
        if state.life != Life::Open || state.machine.is_over(now) {
            return None;
        }
        let mut next = state.machine.next_time(now);
        if let Flush::Paused { until, .. } = state.flush {
            next = next.min(until);
        }
        let rearm = (next < self.armed || self.armed <= now).then_some(next);
        self.armed = rearm.unwrap_or(self.armed);
        Some(Plan {
            rearm,
            for_input: state.machine.wants_input(),
            for_room: state.flush == Flush::Blocked,
        })
    }

    async fn readable(&self, wanted: bool) -> io::Result<()> {
        if wanted {
            self.receiver.readable().await
        } else {
            future::pending().await
        }
    }

    async fn room(&self, wanted: bool) -> io::Result<()> {
        if wanted {
            self.connection.sender.writable().await
        } else {
            future::pending().await
        }
    }

    /// Takes what has arrived, but not for ever.
    fn receive(&mut self) -> Next {
        for _ in 0..DATAGRAMS_PER_TURN {
            match with_receive_buffer(|buffer| self.receive_one(buffer)) {
                Next::Receive => {}
                other => return other,
            }
        }
        Next::Receive
    }

    fn receive_one(&mut self, buffer: &mut [u8]) -> Next {
        let taken = match self.receiver.try_receive(buffer) {
            Ok(Received::Datagram(len)) => self.take(buffer.get(..len).unwrap_or_default()),
            Ok(Received::Truncated(size)) => Err(WireError::DatagramTruncated { size }),
            Ok(Received::Empty) => return Next::Wait,
            Err(error) => {
                tracing::warn!(%error, "cannot receive from a client");
                return Next::End;
            }
        };
        let mut state = self.connection.lock();
        if state.flush == Flush::Idle {
            self.connection.flush(&mut state);
        }
        match taken {
            Ok(Next::Receive) if !state.machine.wants_input() => Next::Wait,
            Ok(next) => next,
            Err(violation) => {
                self.counters.violated();
                tracing::debug!(%violation, "a client broke the protocol");
                state.life = Life::Broken;
                Next::End
            }
        }
    }

    fn take(&mut self, mut datagram: &[u8]) -> Result<Next, WireError> {
        // The client has connected: nobody needs the file any more.
        self.file = None;
        let now = Instant::now();
        while let Some(frame) = self.inbound.next(&mut datagram)? {
            let message = ClientMsg::decode_body(frame.body())?;
            let mut state = self.connection.lock();
            match state.machine.receive(now, &message)? {
                Incoming::Request => match state.machine.admit(now, message.id, message.handler) {
                    Admission::Run => {
                        drop(state);
                        self.handle(&message, &frame);
                    }
                    Admission::Refused => {}
                    Admission::Duplicate => {
                        self.counters.violated();
                        tracing::debug!(id = message.id, "a client used an id twice");
                        return Ok(Next::Wait);
                    }
                },
                Incoming::Cancel => {
                    for task in state.machine.cancelled(message.data) {
                        task.abort.abort();
                    }
                }
                Incoming::Bye => {
                    state.life = Life::Broken;
                    return Ok(Next::End);
                }
                Incoming::Done => {}
            }
        }
        Ok(Next::Receive)
    }

    fn handle(&self, message: &ClientMsg<'_>, frame: &Frame<'_>) {
        let id = message.id;
        let reply = |result| {
            let mut state = self.connection.lock();
            state
                .machine
                .reply(Instant::now(), id, message.handler, result);
        };
        let Some(handler) = self.methods.find(message.handler) else {
            return reply(Err(Cause::UnknownHandler));
        };
        let mut running = match handler.handle(frame.tail(message.data.len())) {
            Ok(running) => running,
            Err(cause) => return reply(Err(cause)),
        };
        if !handler.is_slow() {
            // Nobody has to be woken: if it is not ready, its task polls it again.
            let mut cx = Context::from_waker(Waker::noop());
            if let Poll::Ready(result) = Pin::new(&mut running).poll(&mut cx) {
                return reply(result);
            }
        }
        self.spawn(id, handler.name(), running);
    }

    fn spawn(&self, id: u64, handler: &Arc<str>, running: Running) {
        let request = InFlight::new(Arc::clone(&self.connection), id, Arc::clone(handler));
        // Under the lock the task cannot end before it is counted.
        let mut state = self.connection.lock();
        let abort = tokio::spawn(finish(request, running)).abort_handle();
        state.machine.begin(
            id,
            Task {
                abort,
                handler: Arc::clone(handler),
            },
        );
    }
}

impl Drop for Reader {
    /// However the reader ends, nothing runs on for a client that cannot be answered, and a client
    /// that can be told is.
    fn drop(&mut self) {
        self.counters.closed();
        let now = Instant::now();
        let mut state = self.connection.lock();
        let running = state.machine.take_running();
        if state.life != Life::Broken {
            for (id, task) in &running {
                state
                    .machine
                    .reply(now, *id, &task.handler, Err(Cause::ShuttingDown));
            }
            state.machine.say_bye(now);
            self.connection.flush(&mut state);
            state.life = Life::Broken;
        }
        drop(state);
        for task in running.values() {
            task.abort.abort();
        }
    }
}

/// How many datagrams are taken before other connections have their turn.
const DATAGRAMS_PER_TURN: usize = 32;
