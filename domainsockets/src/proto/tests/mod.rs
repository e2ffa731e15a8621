//! Tests of both sides of a connection, without a socket, under a clock that the test moves.

mod endings;
mod hello;
mod limits;
mod oneway;
mod request_meta;
mod sizes;
mod time;

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{
    Admission, CallRefused, ClientConfig, ClientConnection, Event, Incoming, Outcome, RequestMeta,
    ServerConfig, ServerConnection,
};
use crate::wire::{
    Cause, ClientMsg, MIB, Meta, Payload, Reassembler, ServerMsgType, WireError, max_total,
};

const MAX_MESSAGE_SIZE: usize = 4 * MIB;

/// What the server was asked for.
#[derive(Debug, Default)]
struct Asked {
    requests: Vec<(u64, String, Bytes)>,
    /// What was said of each of them.
    metas: Vec<Option<Box<RequestMeta>>>,
    duplicates: Vec<u64>,
    bye: bool,
}

struct Pair {
    now: Instant,
    client: ClientConnection<&'static str>,
    server: ServerConnection<u64>,
    inbound: Reassembler,
    replies: Reassembler,
    /// Sizes of the datagrams in each direction.
    to_server: Vec<usize>,
    to_client: Vec<usize>,
    done: Vec<(&'static str, Outcome)>,
    asked: Asked,
}

fn client_config() -> ClientConfig {
    ClientConfig {
        keep_alive_interval: Duration::from_secs(9),
        max_message_size: MAX_MESSAGE_SIZE,
        max_datagram_size: 65_536,
        receive_limit: 4 * MIB,
        announce: true,
    }
}

fn server_config() -> ServerConfig {
    ServerConfig {
        idle_timeout: Duration::from_secs(30),
        write_timeout: Duration::from_secs(30),
        read_timeout: Duration::from_secs(30),
        max_message_size: MAX_MESSAGE_SIZE,
        max_datagram_size: 65_536,
        receive_limit: 4 * MIB,
        max_in_flight: 3,
        max_queued_reply_bytes: MIB,
        busy_poll: Duration::ZERO,
        announce: true,
    }
}

impl Pair {
    fn new() -> Self {
        Self::with(client_config(), server_config())
    }

    fn with(client: ClientConfig, server: ServerConfig) -> Self {
        let now = Instant::now();
        Self {
            now,
            client: ClientConnection::new(client, now),
            server: ServerConnection::new(server.into(), now),
            inbound: Reassembler::new(max_total(MAX_MESSAGE_SIZE)),
            replies: Reassembler::new(max_total(MAX_MESSAGE_SIZE)),
            to_server: Vec::new(),
            to_client: Vec::new(),
            done: Vec::new(),
            asked: Asked::default(),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.client.on_time(self.now, &mut self.done);
    }

    fn call(
        &mut self,
        name: &'static str,
        data: impl Into<Payload<'static>>,
    ) -> Result<u64, CallRefused> {
        let deadline = self.now + Duration::from_secs(5);
        self.client
            .call(self.now, Some(deadline), name, &mut data.into(), None, name)
    }

    fn call_saying(&mut self, name: &'static str, data: Vec<u8>, deadline: Duration) -> u64 {
        let meta = Meta {
            deadline: Some(deadline),
            ..Meta::default()
        };
        self.client
            .call(self.now, None, name, &mut data.into(), Some(&meta), name)
            .unwrap()
    }

    /// Moves the client's datagrams to the server, which admits every request that it may.
    fn deliver_requests(&mut self) -> Result<(), WireError> {
        while let Some(datagram) = self.client.outbox().datagram() {
            let bytes = datagram.to_vec();
            self.client.outbox().advance(self.now, bytes.len());
            self.to_server.push(bytes.len());
            self.take(&bytes)?;
        }
        Ok(())
    }

    fn take(&mut self, mut datagram: &[u8]) -> Result<(), WireError> {
        while let Some(frame) = self.inbound.next(&mut datagram)? {
            let message = ClientMsg::decode_body(frame.body())?;
            match self.server.receive(self.now, &message)? {
                Incoming::Request => {
                    self.asked.metas.push(self.server.take_request_meta());
                    match self.server.admit(self.now, message.id, message.handler) {
                        Admission::Run => {
                            self.server.begin(message.id, message.id);
                            let data = frame.tail(message.data.len());
                            let request = (message.id, message.handler.to_owned(), data);
                            self.asked.requests.push(request);
                        }
                        Admission::Refused => {}
                        Admission::Duplicate => self.asked.duplicates.push(message.id),
                    }
                }
                Incoming::Cancel => {
                    for id in self.server.cancel(message.data)? {
                        self.server.end(self.now, id);
                    }
                }
                Incoming::Bye => self.asked.bye = true,
                Incoming::Done => {}
            }
        }
        Ok(())
    }

    fn answer(&mut self, id: u64, handler: &str, mut result: Result<Payload<'static>, Cause>) {
        self.server.end(self.now, id);
        let result = result.as_mut().map_err(|cause| &*cause);
        self.server.reply(self.now, id, handler, result);
    }

    /// Moves the server's datagrams to the client.
    fn deliver_replies(&mut self) -> Result<Event, WireError> {
        let mut event = Event::None;
        while let Some(datagram) = self.server.outbox().datagram() {
            let bytes = datagram.to_vec();
            self.server.outbox().advance(self.now, bytes.len());
            self.to_client.push(bytes.len());
            match self
                .client
                .receive(self.now, &mut self.replies, &bytes, &mut self.done)?
            {
                Event::None => {}
                other => event = other,
            }
        }
        Ok(event)
    }

    /// A first call there and back, after which both sides have announced themselves.
    fn announced() -> Self {
        let mut pair = Self::new();
        let id = pair.call("first", "").unwrap();
        pair.deliver_requests().unwrap();
        pair.answer(id, "first", Ok(Payload::default()));
        let event = pair.deliver_replies().unwrap();
        assert_eq!(event, Event::Announced { in_flight_limit: 3 });
        pair.asked = Asked::default();
        pair.done.clear();
        pair.to_server.clear();
        pair.to_client.clear();
        pair
    }

    fn only_outcome(&mut self) -> Outcome {
        assert_eq!(self.done.len(), 1, "{:?}", self.done);
        self.done.remove(0).1
    }
}

fn reply(data: impl Into<Bytes>) -> Outcome {
    Outcome::Reply {
        kind: ServerMsgType::Data,
        data: data.into(),
        announced: true,
    }
}

fn error_text(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Reply {
            kind: ServerMsgType::Error,
            data,
            ..
        } => str::from_utf8(data).unwrap(),
        other => panic!("no error reply: {other:?}"),
    }
}
