use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::fixtures::{Side, transcript};
use crate::gopeer::{GoClient, GoError, GoServer, Outcome, WINDOW};
use crate::raw::{RawClient, RawServer};
use crate::scratch::Scratch;
use crate::watchdog;
use crate::wire::{ClientMsg, KEEPALIVE, ServerMsg, pattern, put_varint};

const SOON: Duration = Duration::from_secs(5);
const QUIET: Duration = Duration::from_millis(100);

#[test]
fn the_server_answers_the_transcript_of_a_go_server() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = GoServer::builder()
            .handler("Echo", |data| Outcome::Data(data.to_vec()))
            .handler("Fail", |_| Outcome::Error("boom".to_owned()))
            .handler("Len", |data| {
                Outcome::Data(data.len().to_string().into_bytes())
            })
            .start(scratch.path("go"));
        let mut client = RawClient::connect(server.path());
        replay("go-server", &mut client);
        assert_eq!(server.fatal(), None);
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn the_handlers_err_as_those_of_a_go_server() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = GoServer::builder()
            .handler("Echo", |data| Outcome::Data(data.to_vec()))
            .handler("ForgetID", |data| Outcome::DataWithoutId(data.to_vec()))
            .handler("ForgetType", |data| Outcome::DataWithoutType(data.to_vec()))
            .handler("FailTyped", |_| Outcome::ErrorAsData("boom".to_owned()))
            .handler("Size", |_| Outcome::Data(pattern(5000)))
            .start(scratch.path("go"));
        let mut client = RawClient::connect(server.path());
        replay("go-server-odd-handlers", &mut client);
        assert_eq!((server.fatal(), server.stuck()), (None, Vec::new()));
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

/// Sends a recorded client's datagrams, and asserts that it receives those of the recorded server.
fn replay(name: &str, client: &mut RawClient) {
    for line in transcript(name) {
        match (line.handshake, line.from) {
            (true, _) => {}
            (false, Side::Client) => client.send(&line.datagram),
            (false, Side::Server) => assert_eq!(client.receive(SOON), Some(line.datagram)),
        }
    }
    assert_eq!(client.receive(QUIET), None);
}

/// Go asks for a send buffer of 5 MiB, of which the kernel grants less.
#[test]
fn the_client_repeats_the_head_of_data_that_do_not_fit_its_send_buffer() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let client = thread::spawn(move || {
            let client = GoClient::dial_with_send_buffer(&path, WINDOW).unwrap();
            let sent = client.call("Len", &pattern(9000), SOON);
            assert!(matches!(sent, Err(GoError::Send(_))), "{sent:?}");
            client
        });
        let mut connection = server.accept();
        let lines = transcript("go-client-repeated-head").into_iter();
        for line in lines.filter(|line| !line.handshake) {
            assert_eq!(connection.receive(SOON), Some(line.datagram));
        }
        while !client.is_finished() {
            connection.receive(QUIET);
        }
        client.join().unwrap().close_and_clean();
        drop((connection, server));
        scratch.leak_check();
    });
}

#[test]
fn the_client_sends_the_transcripts_of_a_go_client() {
    for name in [
        "go-client-one-call",
        "go-client-error",
        "go-client-eight-calls",
    ] {
        watchdog::blocking(move || {
            let scratch = Scratch::new();
            let server = RawServer::bind(scratch.path("raw"));
            let lines: Vec<_> = transcript(name)
                .into_iter()
                .filter(|line| !line.handshake)
                .collect();
            let path = server.path().to_owned();
            let calls = client_calls(
                &lines
                    .iter()
                    .map(|line| &line.datagram[..])
                    .collect::<Vec<_>>(),
            );
            let client = thread::spawn(move || {
                let client = GoClient::dial(&path).unwrap();
                for (request, reply) in calls {
                    let handler = str::from_utf8(&request.handler).unwrap();
                    let result = client.call(handler, &request.data, SOON);
                    let expected = match reply.kind {
                        0 => Err(GoError::Reply(reply.text())),
                        _ => Ok(reply.data),
                    };
                    assert_eq!(result, expected);
                }
                client
            });
            let mut connection = server.accept();
            for line in lines {
                match line.from {
                    Side::Client => assert_eq!(connection.receive(SOON), Some(line.datagram)),
                    Side::Server => connection.send(&line.datagram),
                }
            }
            let client = client.join().unwrap();
            assert_eq!(
                (client.fatal(), client.surplus(), client.lost()),
                (None, 0, 0)
            );
            client.close_and_clean();
            drop((connection, server));
            scratch.leak_check();
        });
    }
}

/// Returns the calls in datagrams of header, data and reply.
fn client_calls(datagrams: &[&[u8]]) -> Vec<(ClientMsg, ServerMsg)> {
    datagrams
        .chunks(3)
        .map(|call| {
            let (request, _) = ClientMsg::take(&call[..2].concat()).unwrap().unwrap();
            let (reply, _) = ServerMsg::take(call[2]).unwrap().unwrap();
            (request, reply)
        })
        .collect()
}

#[test]
fn the_server_reads_a_stream_of_datagrams_no_larger_than_its_window() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = GoServer::start(scratch.path("go"));
        let mut client = RawClient::connect(server.path());
        let request = ClientMsg::request(3, "echo", &pattern(1_000_000)).encode();
        for datagram in request.chunks(WINDOW) {
            client.send(datagram);
        }
        // The reply is one datagram, however large.
        let reply = ServerMsg::reply(3, &pattern(1_000_000)).encode();
        assert_eq!(client.receive(SOON), Some(reply));

        client.request(4, "echo", &pattern(WINDOW));
        assert_eq!(client.receive(QUIET), None, "the end was cut off");
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn the_server_does_not_answer_unknown_handlers() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = GoServer::start(scratch.path("go"));
        let mut client = RawClient::connect(server.path());
        client.request(0, "nobody", b"x");
        client.send(&KEEPALIVE);
        let mut extension = ClientMsg::request(1, "$hello", b"data");
        extension.kind = 0;
        client.send(&extension.encode());
        assert_eq!(client.receive(QUIET), None);
        assert_eq!(client.call(2, "echo", b"x"), ServerMsg::reply(2, b"x"));
        assert_eq!(server.records().len(), 4);
        assert_eq!(server.records()[1].bytes, KEEPALIVE);
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn a_request_over_the_send_buffer_calls_the_handler_with_wrong_data_and_crashes_its_client() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = GoServer::builder()
            .handler("right", |data| {
                let is_right = data == pattern(data.len());
                Outcome::Data(is_right.to_string().into_bytes())
            })
            .start(scratch.path("go"));
        let client = GoClient::dial_with_send_buffer(server.path(), WINDOW).unwrap();
        assert_eq!(
            client.call("right", &pattern(4000), SOON),
            Ok(b"true".to_vec())
        );
        let sent = client.call("right", &pattern(9000), SOON);
        assert!(matches!(sent, Err(GoError::Send(_))), "{sent:?}");
        watchdog::eventually(SOON, "the client's end", || client.fatal().is_some());
        client.close_and_clean();
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn an_unknown_type_makes_the_server_lose_the_stream() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = GoServer::start(scratch.path("go"));
        let mut client = RawClient::connect(server.path());
        let mut strange = ClientMsg::request(0, "echo", b"x");
        strange.kind = 2;
        client.send(&strange.encode());
        client.request(1, "echo", b"x");
        assert_eq!(client.receive(QUIET), None);
        assert!(0 < server.garbled());
        assert_eq!(server.fatal(), None);
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn a_large_id_and_a_large_length_and_no_message_crash_the_server() {
    let large_id = ClientMsg::request(1 << 56, "echo", b"x").encode();
    let mut large_length = vec![12, 0, 1];
    put_varint(&mut large_length, 1 << 62);
    let no_message = ClientMsg::request(1, "nil", b"x").encode();
    for request in [large_id, large_length, no_message] {
        watchdog::blocking(move || {
            let scratch = Scratch::new();
            let server = GoServer::builder()
                .standard_handlers()
                .handler("nil", |_| Outcome::Nil)
                .start(scratch.path("go"));
            let client = RawClient::connect(server.path());
            client.send(&request);
            assert!(client.is_closed_within(SOON));
            assert!(server.fatal().is_some());
            drop(client);
            server.stop_and_clean();
            scratch.leak_check();
        });
    }
}

/// A reply that the server retries without an end, and how it comes about.
#[derive(Clone, Copy, Debug)]
enum Undeliverable {
    CallerHasEnded,
    LargerThanTheSendBuffer,
    ConnectionWasIdle,
}

#[test]
fn a_reply_that_cannot_be_sent_makes_its_handler_unusable() {
    for case in [
        Undeliverable::CallerHasEnded,
        Undeliverable::LargerThanTheSendBuffer,
        Undeliverable::ConnectionWasIdle,
    ] {
        watchdog::blocking(move || {
            let scratch = Scratch::new();
            let server = GoServer::builder()
                .standard_handlers()
                .slow_handler("victim", move |data| {
                    if data == b"lost" {
                        thread::sleep(3 * QUIET);
                        if matches!(case, Undeliverable::LargerThanTheSendBuffer) {
                            return Outcome::Data(pattern(16 << 20));
                        }
                    }
                    Outcome::Data(data.to_vec())
                })
                .idle(match case {
                    Undeliverable::ConnectionWasIdle => QUIET,
                    _ => SOON,
                })
                .start(scratch.path("go"));
            let caller = RawClient::connect(server.path());
            caller.request(0, "victim", b"lost");
            let has_ended = matches!(case, Undeliverable::CallerHasEnded);
            let caller = Some(caller).filter(|_| !has_ended);
            watchdog::eventually(SOON, &format!("{case:?}"), || server.stuck() == ["victim"]);

            let mut other = RawClient::connect(server.path());
            other.request(0, "victim", b"x");
            assert_eq!(other.receive(2 * QUIET), None, "{case:?}");
            let mut third = RawClient::connect(server.path());
            assert_eq!(third.call(1, "echo", b"on").data, b"on");
            drop((caller, other, third));
            server.stop_and_clean();
            scratch.leak_check();
        });
    }
}

#[test]
fn an_error_that_cannot_be_sent_is_dropped() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = GoServer::builder()
            .slow_handler("fail", |data| {
                if data == b"lost" {
                    thread::sleep(QUIET);
                }
                Outcome::Error("boom".to_owned())
            })
            .start(scratch.path("go"));
        let caller = RawClient::connect(server.path());
        caller.request(0, "fail", b"lost");
        watchdog::eventually(SOON, "received", || !server.records().is_empty());
        drop(caller);
        thread::sleep(2 * QUIET);
        let mut other = RawClient::connect(server.path());
        assert_eq!(
            other.call(0, "fail", b""),
            ServerMsg::error(0, "fail", "boom")
        );
        assert_eq!(server.stuck(), Vec::<String>::new());
        drop(other);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn a_caller_that_does_not_read_blocks_the_handler_until_it_does() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = GoServer::start(scratch.path("go"));
        let mut caller = RawClient::connect(server.path());
        for id in 0..30 {
            caller.request(id, "echo", b"x");
        }
        watchdog::eventually(SOON, "received", || server.records().len() == 30);
        let mut other = RawClient::connect(server.path());
        other.request(0, "echo", b"x");
        assert_eq!(other.receive(2 * QUIET), None);
        for _ in 0..30 {
            assert!(caller.message(SOON).is_some());
        }
        assert_eq!(other.message(SOON), Some(ServerMsg::reply(0, b"x")));
        assert_eq!(server.stuck(), Vec::<String>::new());
        drop((caller, other));
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn the_server_drops_a_silent_connection_even_during_a_call() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = GoServer::builder()
            .standard_handlers()
            .idle(Duration::from_millis(200))
            .start(scratch.path("go"));
        let mut client = RawClient::connect(server.path());
        client.request(0, "sleep", b"400");
        watchdog::eventually(SOON, "dropped", || server.dropped() == 1);
        assert_eq!(client.message(Duration::from_millis(500)), None);
        watchdog::eventually(SOON, "stuck", || server.stuck() == ["sleep"]);
        drop(client);
        server.stop_and_clean();
        scratch.leak_check();
    });
}

#[test]
fn the_server_leaves_its_files_behind() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = GoServer::start(scratch.path("go"));
        drop(RawClient::connect(server.path()));
        let mode = fs::metadata(server.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        assert_eq!(server.stop().len(), 2);
        assert_eq!(scratch.files().len(), 2);
    });
}

#[test]
fn the_client_loses_a_reply_that_is_not_in_one_window() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let client = thread::spawn(move || {
            let client = GoClient::dial(&path).unwrap();
            let short = Duration::from_millis(200);
            let split = client.call("echo", b"split", short);
            let large = client.call("echo", b"large", short);
            let apart = client.call("echo", b"apart", SOON);
            assert_eq!(
                (split, large),
                (Err(GoError::Silence), Err(GoError::Silence))
            );
            assert_eq!(apart, Ok(b"apart".to_vec()));
            assert_eq!((client.lost(), client.fatal()), (2, None));
            client
        });
        let mut connection = server.accept();
        let split = connection.request();
        let reply = ServerMsg::reply(split.id, b"0123456789").encode();
        connection.send(&reply[..8]);
        let large = connection.request();
        connection.reply(large.id, &pattern(WINDOW));
        let apart = connection.request();
        let reply = ServerMsg::reply(apart.id, &apart.data).encode();
        connection.send(&reply[..1]);
        connection.send(&reply[1..]);
        client.join().unwrap().close_and_clean();
        drop((connection, server));
        scratch.leak_check();
    });
}

#[test]
fn the_third_reply_with_one_id_crashes_the_client() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let client = thread::spawn(move || GoClient::dial(&path).unwrap());
        let mut connection = server.accept();
        let client = client.join().unwrap();
        let call = client.start("echo", b"x").unwrap();
        let id = connection.request().id;
        connection.reply(id, b"x");
        assert_eq!(call.wait(SOON), Ok(b"x".to_vec()));
        connection.reply(id, b"x");
        watchdog::eventually(SOON, "the second", || client.surplus() == 1);
        assert_eq!(client.fatal(), None);
        connection.reply(id, b"x");
        watchdog::eventually(SOON, "the client's end", || client.fatal().is_some());
        client.close_and_clean();
        drop((connection, server));
        scratch.leak_check();
    });
}

#[test]
fn the_client_loses_a_reply_of_an_unknown_type_and_goes_on() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let client = thread::spawn(move || GoClient::dial(&path).unwrap());
        let mut connection = server.accept();
        let client = client.join().unwrap();
        let lost = client.start("echo", b"x").unwrap();
        let (id, kind, data) = (connection.request().id, 7, b"x".to_vec());
        let strange = ServerMsg { id, kind, data }.encode();
        let unknown = ServerMsg::reply(1 << 60, b"x").encode();
        connection.send(&[strange, unknown].concat());
        let call = client.start("echo", b"y").unwrap();
        let id = connection.request().id;
        connection.reply(id, b"y");
        assert_eq!(call.wait(SOON), Ok(b"y".to_vec()));
        assert_eq!(lost.wait(QUIET), Err(GoError::Silence));
        assert_eq!(
            (client.fatal(), client.lost(), client.surplus()),
            (None, 1, 1)
        );
        client.close_and_clean();
        drop((connection, server));
        scratch.leak_check();
    });
}

#[test]
fn slow_calls_delay_no_others() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let gate: &'static Barrier = Box::leak(Box::new(Barrier::new(2)));
        let server = GoServer::builder()
            .standard_handlers()
            .slow_handler("gate", |_| {
                gate.wait();
                Outcome::ErrorAsData("opened".to_owned())
            })
            .start(scratch.path("go"));
        let client = GoClient::dial(server.path()).unwrap();
        let waiting = client.start("gate", b"").unwrap();
        let begin = Instant::now();
        let answer = client.call("echo", &pattern(200), SOON);
        assert_eq!(answer, Ok(pattern(200)));
        assert!(begin.elapsed() < SOON);
        gate.wait();
        assert_eq!(
            waiting.wait(SOON),
            Ok(b"handler(gate) error: opened".to_vec())
        );
        client.close_and_clean();
        server.stop_and_clean();
        scratch.leak_check();
    });
}
