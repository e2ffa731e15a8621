//! What a connection does with the datagrams of its client.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::connection::{Connection, InFlight, Life, Task, finish};
use super::handler::{Methods, Running};
use crate::drive::{Flush, Next, Sink};
use crate::proto::{Admission, Incoming};
use crate::stats::ServerCounters;
use crate::transport::SocketFile;
use crate::wire::{Cause, ClientMsg, Frame, Reassembler, WireError};

/// Takes requests out of datagrams and begins to handle them.
pub(super) struct Intake {
    connection: Arc<Connection>,
    methods: Arc<Methods>,
    counters: Arc<ServerCounters>,
    inbound: Reassembler,
    /// The socket's file, until the client has connected.
    file: Option<SocketFile>,
}

impl Intake {
    pub(super) fn new(
        connection: Arc<Connection>,
        methods: Arc<Methods>,
        counters: Arc<ServerCounters>,
        file: SocketFile,
        max_total: usize,
    ) -> Self {
        Self {
            connection,
            methods,
            counters,
            inbound: Reassembler::new(max_total),
            file: Some(file),
        }
    }

    fn read(&mut self, mut datagram: &[u8]) -> Result<Next, WireError> {
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
                        self.handle(now, &message, &frame);
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

    /// Calls the handler of a request, and polls it once, here. Only one that is not ready then
    /// gets a task.
    fn handle(&self, now: Instant, message: &ClientMsg<'_>, frame: &Frame<'_>) {
        let id = message.id;
        let reply = |result| {
            let mut state = self.connection.lock();
            state.machine.reply(now, id, message.handler, result);
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
        let handler = Arc::clone(handler);
        state.machine.begin(id, Task { abort, handler });
    }
}

impl Sink for Intake {
    fn inbound(&mut self) -> &mut Reassembler {
        &mut self.inbound
    }

    /// Takes a datagram, and sends the replies that were ready at once.
    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next {
        let taken = datagram.and_then(|datagram| self.read(datagram));
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
}
