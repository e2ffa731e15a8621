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
use crate::wire::{ClientMsg, KEEPALIVE, ServerMsg, pattern};

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
        for line in transcript("go-server") {
            match (line.handshake, line.from) {
                (true, _) => {}
                (false, Side::Client) => client.send(&line.datagram),
                (false, Side::Server) => {
                    assert_eq!(client.receive(SOON), Some(line.datagram));
                }
            }
        }
        assert_eq!(client.receive(QUIET), None);
        assert_eq!(server.fatal(), None);
        drop(client);
        server.stop_and_clean();
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
fn an_unknown_type_and_a_large_id_crash_the_server() {
    let mut strange = ClientMsg::request(0, "echo", b"x");
    strange.kind = 2;
    for request in [strange, ClientMsg::request(1 << 56, "echo", b"x")] {
        watchdog::blocking(move || {
            let scratch = Scratch::new();
            let server = GoServer::start(scratch.path("go"));
            let client = RawClient::connect(server.path());
            client.send(&request.encode());
            assert!(client.is_closed_within(SOON));
            assert!(server.fatal().is_some());
            drop(client);
            server.stop_and_clean();
            scratch.leak_check();
        });
    }
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
fn many_replies_with_one_id_crash_the_client() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let server = RawServer::bind(scratch.path("raw"));
        let path = server.path().to_owned();
        let client = thread::spawn(move || GoClient::dial(&path).unwrap());
        let mut connection = server.accept();
        let client = client.join().unwrap();
        let call = client.start("echo", b"x").unwrap();
        let id = connection.request().id;
        for _ in 0..5 {
            connection.reply(id, b"x");
        }
        assert_eq!(call.wait(SOON), Ok(b"x".to_vec()));
        watchdog::eventually(SOON, "the client's end", || client.fatal().is_some());
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
