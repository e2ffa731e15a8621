//! Both ends of a connection, joined without a socket, under a clock that the test moves.

mod beside;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{
    Admission, Beside, ClientConfig, ClientConnection, Datagram, Event, Incoming, Outcome, Refused,
    ServerConfig, ServerConnection,
};
use crate::wire::{
    Cause, ClientMsg, GO_DATAGRAM, MIB, Meta, Payload, Reassembler, ServerMsg, ServerMsgType,
    WireError, max_total,
};

const MESSAGE_LIMIT: usize = 4 * MIB;

/// What the server was asked for.
#[derive(Debug, Default)]
struct Asked {
    requests: Vec<(u64, String, Bytes)>,
    /// What was said of each of them.
    besides: Vec<Option<Box<Beside>>>,
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
        keepalive: Duration::from_secs(9),
        message_limit: MESSAGE_LIMIT,
        datagram_limit: 65_536,
        receive_limit: 4 * MIB,
        announce: true,
    }
}

fn server_config() -> ServerConfig {
    ServerConfig {
        idle_timeout: Duration::from_secs(30),
        stall_timeout: Duration::from_secs(30),
        completion_timeout: Duration::from_secs(30),
        message_limit: MESSAGE_LIMIT,
        datagram_limit: 65_536,
        receive_limit: 4 * MIB,
        max_in_flight: 3,
        outbox_limit: MIB,
        announce: true,
    }
}

fn bytes_of(datagram: &Datagram<'_>) -> Vec<u8> {
    match datagram {
        Datagram::Plain(bytes) => bytes.to_vec(),
        Datagram::Gathered(parts) => parts.iter().flat_map(|part| part.to_vec()).collect(),
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
            server: ServerConnection::new(server, now),
            inbound: Reassembler::new(max_total(MESSAGE_LIMIT)),
            replies: Reassembler::new(max_total(MESSAGE_LIMIT)),
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

    fn call(&mut self, name: &'static str, data: impl Into<Payload>) -> Result<u64, Refused> {
        let deadline = self.now + Duration::from_secs(5);
        self.client
            .call(self.now, Some(deadline), name, data.into(), None, name)
    }

    fn call_saying(&mut self, name: &'static str, data: Vec<u8>, deadline: Duration) -> u64 {
        let meta = Meta {
            deadline: Some(deadline),
            ..Meta::default()
        };
        self.client
            .call(self.now, None, name, data.into(), Some(&meta), name)
            .unwrap()
    }

    /// Moves the client's datagrams to the server, which admits every request that it may.
    fn deliver_requests(&mut self) -> Result<(), WireError> {
        while let Some(datagram) = self.client.outbox().datagram() {
            let bytes = bytes_of(&datagram);
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
                    self.asked.besides.push(self.server.take_beside());
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
                    for id in self.server.cancel(message.data) {
                        self.server.end(self.now, id);
                    }
                }
                Incoming::Bye => self.asked.bye = true,
                Incoming::Done => {}
            }
        }
        Ok(())
    }

    fn answer(&mut self, id: u64, handler: &str, result: Result<Payload, Cause>) {
        self.server.end(self.now, id);
        self.server.reply(self.now, id, handler, result);
    }

    /// Moves the server's datagrams to the client.
    fn deliver_replies(&mut self) -> Result<Event, WireError> {
        let mut event = Event::None;
        while let Some(datagram) = self.server.outbox().datagram() {
            let bytes = bytes_of(&datagram);
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

#[test]
fn hello_rides_in_front_of_the_first_call_in_the_same_datagram() {
    let mut pair = Pair::new();
    pair.call("echo", vec![7; 4000]).unwrap();
    let datagram = bytes_of(&pair.client.outbox().datagram().unwrap());
    let (hello, len) = ClientMsg::decode(&datagram).unwrap().unwrap();
    assert_eq!((hello.handler, hello.id), ("$hello", 0));
    let (call, _) = ClientMsg::decode(&datagram[len..]).unwrap().unwrap();
    assert_eq!((call.handler, call.id), ("echo", 1));
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server.len(), 1);
    assert_eq!(pair.asked.requests.len(), 1);
}

#[test]
fn first_call_that_fills_a_datagram_follows_its_hello() {
    let mut pair = Pair::new();
    pair.call("echo", vec![7; GO_DATAGRAM - 20]).unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server.len(), 2);
    assert_eq!(pair.asked.requests.len(), 1);
}

#[test]
fn hello_is_never_waited_for_and_sent_once() {
    let mut pair = Pair::new();
    for name in ["one", "two", "three"] {
        pair.call(name, "").unwrap();
    }
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server.len(), 1);
    assert_eq!(pair.asked.requests.len(), 3);
}

#[test]
fn hello_of_a_withdrawn_call_rides_with_the_next() {
    let mut pair = Pair::new();
    let id = pair.call("given up", "").unwrap();
    assert!(pair.client.cancel(pair.now, id));
    assert!(!pair.client.has_output());
    pair.call("echo", "").unwrap();
    let datagram = bytes_of(&pair.client.outbox().datagram().unwrap());
    let (hello, _) = ClientMsg::decode(&datagram).unwrap().unwrap();
    assert_eq!(hello.handler, "$hello");
}

#[test]
fn hello_of_a_withdrawn_call_stays_in_front_of_those_that_follow() {
    let mut pair = Pair::new();
    let first = pair.call("given up", "").unwrap();
    let second = pair.call("echo", "").unwrap();
    assert!(pair.client.cancel(pair.now, first));
    let datagram = bytes_of(&pair.client.outbox().datagram().unwrap());
    let (hello, len) = ClientMsg::decode(&datagram).unwrap().unwrap();
    assert_eq!(hello.handler, "$hello");
    let (call, _) = ClientMsg::decode(&datagram[len..]).unwrap().unwrap();
    assert_eq!((call.handler, call.id), ("echo", second));
    assert!(pair.client.cancel(pair.now, second));
    assert!(!pair.client.has_output(), "the hello alone does not leave");
    pair.call("echo", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.asked.requests.len(), 1);
    pair.deliver_replies().unwrap();
    assert!(pair.client.cancel(pair.now, second + 2));
    assert!(pair.client.has_output(), "an announced server is told");
}

#[test]
fn unannounced_client_never_sees_an_extension() {
    let config = ClientConfig {
        announce: false,
        ..client_config()
    };
    let mut pair = Pair::with(config, server_config());
    let id = pair.call("echo", "data").unwrap();
    assert_eq!(
        bytes_of(&pair.client.outbox().datagram().unwrap()),
        b"\x0c\x00\x01\x04echo\x04data"
    );
    pair.deliver_requests().unwrap();
    pair.server.drain(pair.now);
    pair.server.say_bye(pair.now);
    pair.answer(id, "echo", Ok(Bytes::from("data").into()));
    assert_eq!(
        bytes_of(&pair.server.outbox().datagram().unwrap()),
        b"\x07\x00\x01\x04data"
    );
}

#[test]
fn unannounced_server_gets_no_cancel_and_no_bye() {
    let server = ServerConfig {
        announce: false,
        ..server_config()
    };
    let mut pair = Pair::with(client_config(), server);
    let id = pair.call("hang", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.deliver_replies(), Ok(Event::None));
    assert!(pair.client.cancel(pair.now, id));
    pair.client.say_bye(pair.now);
    assert!(!pair.client.has_output());
}

#[test]
fn reply_over_a_go_window_becomes_an_error_that_names_both_sizes() {
    let config = ClientConfig {
        announce: false,
        ..client_config()
    };
    let mut pair = Pair::with(config, server_config());
    let id = pair.call("size", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.answer(id, "size", Ok(vec![0; 10_000].into()));
    pair.deliver_replies().unwrap();
    let outcome = pair.only_outcome();
    let text = error_text(&outcome);
    assert!(text.starts_with("handler(size) error: "), "{text}");
    assert!(text.contains("10000") && text.contains("4096"), "{text}");

    // The largest that fits: one datagram holds the header of six bytes and the rest.
    for (size, fits) in [(GO_DATAGRAM - 6, true), (GO_DATAGRAM - 5, false)] {
        let id = pair.call("size", "").unwrap();
        pair.deliver_requests().unwrap();
        pair.to_client.clear();
        pair.answer(id, "size", Ok(vec![0; size].into()));
        pair.deliver_replies().unwrap();
        let whole = matches!(
            pair.only_outcome(),
            Outcome::Reply {
                kind: ServerMsgType::Data,
                ..
            }
        );
        assert_eq!(whole, fits, "{size} bytes");
        assert!(pair.to_client.iter().all(|size| *size <= GO_DATAGRAM));
    }
}

#[test]
fn announced_peers_exchange_large_messages_in_large_datagrams() {
    let mut pair = Pair::announced();
    let data = Bytes::from(vec![5; 1_000_000]);
    let id = pair.call("echo", data.clone()).unwrap();
    pair.deliver_requests().unwrap();
    // The first is cut such that the others begin a page.
    assert!(
        (16..=17).contains(&pair.to_server.len()),
        "{:?}",
        pair.to_server
    );
    assert!(pair.to_server[1..15].iter().all(|size| *size == 65_536));
    assert_eq!(pair.asked.requests[0].2, data);
    pair.answer(id, "echo", Ok(data.clone().into()));
    pair.deliver_replies().unwrap();
    assert!(
        (16..=17).contains(&pair.to_client.len()),
        "{:?}",
        pair.to_client
    );
    assert_eq!(pair.only_outcome(), reply(data));
}

#[test]
fn large_request_to_an_unannounced_server_goes_in_small_datagrams() {
    let mut pair = Pair::new();
    let data = Bytes::from(vec![5; 1_000_000]);
    pair.call("echo", data.clone()).unwrap();
    pair.deliver_requests().unwrap();
    assert!(pair.to_server.iter().all(|size| *size <= GO_DATAGRAM));
    assert_eq!(pair.asked.requests[0].2, data);
}

#[test]
fn datagrams_shrink_to_what_every_peer_reads_and_no_further() {
    let mut pair = Pair::announced();
    let mut shrunk = 0;
    while pair.client.outbox().shrink_datagrams() {
        shrunk += 1;
    }
    assert_eq!(shrunk, 4);
    pair.call("echo", vec![0; 10_000]).unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(
        pair.to_server,
        [GO_DATAGRAM, GO_DATAGRAM, 10_011 - 2 * GO_DATAGRAM]
    );
}

#[test]
fn over_a_limit_is_refused_before_it_is_sent() {
    let mut pair = Pair::new();
    let size = MESSAGE_LIMIT + 1;
    let refused = Refused::TooLarge {
        size,
        limit: MESSAGE_LIMIT,
    };
    assert_eq!(pair.call("echo", vec![0; size]), Err(refused));
    assert!(!pair.client.has_output());

    // What the server announces counts too.
    let server = ServerConfig {
        message_limit: 10,
        ..server_config()
    };
    let mut pair = Pair::with(client_config(), server);
    pair.call("echo", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.deliver_replies().unwrap();
    let refused = Refused::TooLarge {
        size: 11,
        limit: 10,
    };
    assert_eq!(pair.call("echo", vec![0; 11]), Err(refused));
}

#[test]
fn reply_over_the_limit_becomes_an_error_reply() {
    let mut pair = Pair::announced();
    let id = pair.call("size", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.answer(id, "size", Ok(vec![0; MESSAGE_LIMIT + 1].into()));
    pair.deliver_replies().unwrap();
    let outcome = pair.only_outcome();
    assert_eq!(
        Cause::parse(error_text(&outcome), "size", true),
        Cause::TooLarge {
            size: MESSAGE_LIMIT + 1,
            limit: MESSAGE_LIMIT
        }
    );
}

#[test]
fn cancelled_call_stops_at_the_server_and_its_late_reply_is_dropped() {
    let mut pair = Pair::announced();
    let id = pair.call("hang", "").unwrap();
    pair.deliver_requests().unwrap();
    assert!(pair.client.cancel(pair.now, id));
    assert!(!pair.client.cancel(pair.now, id));
    // The reply was on its way when the cancellation left.
    pair.server
        .reply(pair.now, id, "hang", Ok(Bytes::from("late").into()));
    pair.deliver_replies().unwrap();
    pair.deliver_requests().unwrap();
    assert!(pair.done.is_empty());
    assert!(pair.server.take_running().is_empty());
}

#[test]
fn nothing_is_read_while_cancelled_handlers_take_the_places() {
    let mut server = ServerConnection::new(server_config(), Instant::now());
    for id in 0..3 {
        assert_eq!(server.admit(Instant::now(), id, "hang"), Admission::Run);
        server.begin(id, id);
    }
    assert!(server.wants_input(), "a cancellation may come");
    assert_eq!(server.cancel(&[1]), [1]);
    assert!(!server.wants_input());
    server.end(Instant::now(), 1);
    assert!(server.wants_input());
    assert_eq!(server.admit(Instant::now(), 3, "hang"), Admission::Run);
}

#[test]
fn withdrawn_call_never_reaches_the_server() {
    let mut pair = Pair::announced();
    let id = pair.call("count", "").unwrap();
    assert!(pair.client.cancel(pair.now, id));
    pair.deliver_requests().unwrap();
    assert!(pair.to_server.is_empty());
}

#[test]
fn deadline_ends_the_call_and_cancels_it() {
    let mut pair = Pair::announced();
    pair.call("hang", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.client.next_time(), pair.now + Duration::from_secs(5));
    pair.pass(Duration::from_millis(4999));
    assert!(pair.done.is_empty());
    pair.pass(Duration::from_millis(1));
    assert_eq!(pair.only_outcome(), Outcome::Expired);
    pair.deliver_requests().unwrap();
    assert!(pair.server.take_running().is_empty());
}

#[test]
fn deadline_that_has_passed_sends_nothing() {
    let mut pair = Pair::new();
    let call = pair
        .client
        .call(pair.now, Some(pair.now), "x", Payload::default(), None, "x");
    assert_eq!(call, Err(Refused::Expired));
    assert!(!pair.client.has_output());
}

#[test]
fn keepalive_goes_at_once_and_then_whenever_nothing_else_went() {
    let mut pair = Pair::new();
    pair.pass(Duration::ZERO);
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server, [5]);
    for _ in 0..3 {
        assert_eq!(pair.client.next_time(), pair.now + Duration::from_secs(9));
        pair.pass(Duration::from_secs(9));
        pair.deliver_requests().unwrap();
    }
    assert_eq!(pair.to_server, [5; 4]);
    // A call in flight does not stand in for it.
    let deadline = pair.now + Duration::from_secs(60);
    pair.client
        .call(
            pair.now,
            Some(deadline),
            "hang",
            Payload::default(),
            None,
            "hang",
        )
        .unwrap();
    pair.deliver_requests().unwrap();
    pair.pass(Duration::from_secs(9));
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server.len(), 6);
}

#[test]
fn at_most_one_keepalive_waits() {
    let mut pair = Pair::new();
    for _ in 0..5 {
        pair.pass(Duration::from_secs(9));
    }
    pair.deliver_requests().unwrap();
    assert_eq!(pair.to_server, [5]);
}

#[test]
fn idle_connection_ends_but_not_while_a_request_runs() {
    let mut pair = Pair::new();
    let id = pair.call("slow", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.deliver_replies().unwrap();
    pair.now += Duration::from_secs(33);
    assert!(pair.server.end_by_itself(pair.now).is_none());
    pair.answer(id, "slow", Ok(Payload::default()));
    pair.deliver_replies().unwrap();
    pair.now += Duration::from_millis(29_999);
    assert!(pair.server.end_by_itself(pair.now).is_none());
    assert_eq!(
        pair.server.next_time(pair.now),
        pair.now + Duration::from_millis(1)
    );
    pair.now += Duration::from_millis(1);
    assert!(pair.server.end_by_itself(pair.now).is_some());
}

#[test]
fn peer_that_reads_nothing_is_given_up() {
    let mut pair = Pair::announced();
    let id = pair.call("size", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.answer(id, "size", Ok(vec![0; MIB].into()));
    assert!(!pair.server.wants_input());
    pair.now += Duration::from_secs(20);
    let size = pair.server.outbox().datagram().unwrap().len();
    pair.server.outbox().advance(pair.now, size);
    pair.now += Duration::from_secs(20);
    assert!(
        pair.server.end_by_itself(pair.now).is_none(),
        "it made progress"
    );
    pair.now += Duration::from_secs(10);
    assert!(pair.server.end_by_itself(pair.now).is_some());
}

#[test]
fn requests_over_the_limit_are_refused_until_one_ends() {
    let mut pair = Pair::announced();
    let first = pair.call("a", "").unwrap();
    for name in ["b", "c", "d"] {
        pair.call(name, "").unwrap();
    }
    pair.deliver_requests().unwrap();
    assert_eq!(pair.asked.requests.len(), 3);
    pair.deliver_replies().unwrap();
    let outcome = pair.only_outcome();
    assert_eq!(
        Cause::parse(error_text(&outcome), "d", true),
        Cause::Overloaded
    );
    pair.answer(first, "a", Ok(Payload::default()));
    pair.call("e", "").unwrap();
    pair.deliver_requests().unwrap();
    assert_eq!(pair.asked.requests.len(), 4);
}

#[test]
fn id_that_runs_already_stops_the_reading_and_the_first_is_answered() {
    let mut pair = Pair::new();
    let request = b"\x07\x05\x01\x04slow\x00";
    let mut twice = Vec::from(&b"\x08"[..]);
    twice.extend(&request[1..]);
    pair.take(&twice).unwrap();
    pair.take(&twice).unwrap();
    assert_eq!(pair.asked.duplicates, [5]);
    assert!(!pair.server.wants_input());
    assert!(pair.server.end_by_itself(pair.now).is_none());
    pair.answer(5, "slow", Ok(Bytes::from("once").into()));
    let bytes = bytes_of(&pair.server.outbox().datagram().unwrap());
    let (message, len) = ServerMsg::decode(&bytes).unwrap().unwrap();
    assert_eq!(
        (message.id, message.data, len),
        (5, &b"once"[..], bytes.len())
    );
    pair.server.outbox().advance(pair.now, bytes.len());
    assert!(pair.server.end_by_itself(pair.now).is_some());
}

#[test]
fn draining_server_finishes_what_runs_and_refuses_the_rest() {
    let mut pair = Pair::announced();
    let running = pair.call("slow", "").unwrap();
    pair.deliver_requests().unwrap();
    let on_its_way = pair.call("late", "").unwrap();
    pair.server.drain(pair.now);
    pair.deliver_requests().unwrap();
    pair.deliver_replies().unwrap();
    let outcome = pair.only_outcome();
    assert_eq!(
        Cause::parse(error_text(&outcome), "late", true),
        Cause::ShuttingDown
    );
    assert_ne!(running, on_its_way);
    // The client knows by now.
    assert_eq!(pair.call("later", ""), Err(Refused::ShuttingDown));
    assert!(pair.server.end_by_itself(pair.now).is_none());
    pair.answer(running, "slow", Ok(Bytes::from("done").into()));
    pair.deliver_replies().unwrap();
    assert_eq!(pair.only_outcome(), reply("done"));
    assert!(pair.server.end_by_itself(pair.now).is_some());
}

#[test]
fn goodbyes_are_heard() {
    let mut pair = Pair::announced();
    pair.server.say_bye(pair.now);
    assert_eq!(pair.deliver_replies(), Ok(Event::Bye));
    pair.client.say_bye(pair.now);
    pair.deliver_requests().unwrap();
    assert!(pair.asked.bye);
}

#[test]
fn disconnected_calls_know_whether_they_may_have_run() {
    let mut pair = Pair::announced();
    pair.call("sent", "").unwrap();
    pair.deliver_requests().unwrap();
    pair.call("waiting", "").unwrap();
    let mut done = Vec::new();
    pair.client.disconnect(None, &mut done);
    let outcomes: HashMap<_, _> = done.into_iter().collect();
    assert_eq!(
        outcomes["sent"],
        Outcome::Disconnected { may_have_run: true }
    );
    assert_eq!(
        outcomes["waiting"],
        Outcome::Disconnected {
            may_have_run: false
        }
    );
    assert!(!pair.client.has_output());
}

#[test]
fn replies_that_nobody_waits_for_are_ignored() {
    let mut pair = Pair::announced();
    pair.call("echo", "").unwrap();
    let mut bytes = Vec::new();
    for id in 1000..11_000 {
        ServerMsg {
            id,
            kind: ServerMsgType::Data,
            data: b"stray",
        }
        .encode(&mut bytes);
    }
    assert_eq!(
        pair.client
            .receive(pair.now, &mut pair.replies, &bytes, &mut pair.done),
        Ok(Event::None)
    );
    assert!(pair.done.is_empty());
}

#[test]
fn replies_come_in_any_order() {
    let mut pair = Pair::announced();
    let ids: Vec<_> = ["a", "b", "c"]
        .map(|name| (pair.call(name, "").unwrap(), name))
        .into();
    pair.deliver_requests().unwrap();
    for (id, name) in ids.iter().rev() {
        pair.answer(*id, name, Ok(Bytes::from(*name).into()));
    }
    pair.deliver_replies().unwrap();
    let ended: Vec<_> = pair.done.drain(..).collect();
    assert_eq!(
        ended,
        [("c", reply("c")), ("b", reply("b")), ("a", reply("a"))]
    );
}
