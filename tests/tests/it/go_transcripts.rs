//! Conversations recorded from the Go package, with the library in place of one side.

use std::convert::Infallible;
use std::thread;
use std::time::Duration;

use domainsockets::{CallOptions, Client, Error, Request, Server};
use tests::fixtures::{Line, Side, transcript};
use tests::handshake::StartServer;
use tests::raw::{RawClient, RawServer};
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::{ClientMsg, ServerMsg};

use crate::support::{QUIET, SOON, assert_same, error};

#[test]
fn recorded_go_client_with_one_call_is_answered() {
    replay_to_the_server("go-client-one-call");
}

#[test]
fn recorded_go_client_with_an_error_is_answered() {
    replay_to_the_server("go-client-error");
}

#[test]
fn recorded_go_client_with_eight_calls_is_answered() {
    replay_to_the_server("go-client-eight-calls");
}

/// Sends a recorded Go client's datagrams to the library's server and checks that it answers as the
/// recorded server did.
fn replay_to_the_server(name: &'static str) {
    watchdog::run(move || async move {
        let scratch = Scratch::new();
        let echo = |request: Request| async { Ok::<_, Infallible>(request.into_data()) };
        let server = Server::bind(scratch.path("server"))
            .unwrap()
            .register("HelloWorld", echo)
            .unwrap()
            .register("Echo", echo)
            .unwrap()
            .register("Fail", |_| async { Err::<Vec<u8>, _>("boom") })
            .unwrap()
            .started()
            .unwrap();
        let mut client = RawClient::connect_by_files(server.path());
        for line in messages(name) {
            match line.from {
                Side::Client => client.send(&line.datagram),
                Side::Server => {
                    let reply = client.receive(SOON).expect("a reply");
                    assert_same(&reply, &line.datagram);
                }
            }
        }
        assert_eq!(client.receive(QUIET), None);
        drop(client);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn recorded_go_server_is_called() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = RawServer::bind_unmarked(scratch.path("raw"));
        let path = server.path().to_owned();
        let go = thread::spawn(move || play_the_server(&server));

        let client = Client::dial(&path).await.unwrap();
        assert_eq!(client.call("Echo", "Hello").await.unwrap(), "Hello");
        assert_eq!(client.call("Echo", "").await.unwrap(), "");
        let failed = error(client.call("Fail", "x").await);
        assert!(
            matches!(&failed, Error::Handler(text) if text == "boom"),
            "{failed:?}"
        );
        // Go's server does not answer a call of an unknown handler.
        let deadline = CallOptions::new().with_deadline(Duration::from_millis(200));
        let silence = error(client.call_with("Nope", "x", deadline).await);
        assert!(
            matches!(silence, Error::DeadlineExceeded { .. }),
            "{silence:?}"
        );
        let (zero, one, two, three, four) = tokio::join!(
            client.call("Echo", "m0"),
            client.call("Echo", "m1"),
            client.call("Echo", "m2"),
            client.call("Echo", "m3"),
            client.call("Echo", "m4"),
        );
        for (index, result) in [zero, one, two, three, four].into_iter().enumerate() {
            assert_eq!(result.unwrap(), format!("m{index}"));
        }
        let length = client.call("Len", vec![b'z'; 10_000]).await.unwrap();
        assert_eq!(length, "10000");
        drop(client);
        go.join().unwrap();
        scratch.leak_check();
    });
}

/// Answers each request as the recorded Go server answered the same one, with the id of this request.
fn play_the_server(server: &RawServer) {
    let (mut requests, mut replies) = (Vec::new(), Vec::new());
    let (mut sent, mut received) = (Vec::new(), Vec::new());
    for line in messages("go-server") {
        match line.from {
            Side::Client => sent.extend(line.datagram),
            Side::Server => received.extend(line.datagram),
        }
    }
    while let Some((request, len)) = ClientMsg::take(&sent).unwrap() {
        sent.drain(..len);
        // Keep-alives may arrive at any time.
        if request.kind == 1 {
            requests.push(request);
        }
    }
    while let Some((reply, len)) = ServerMsg::take(&received).unwrap() {
        received.drain(..len);
        replies.push(reply);
    }

    let mut connection = server.accept();
    for recorded in requests {
        let request = connection.request();
        assert_eq!(request.handler, recorded.handler);
        assert_same(&request.data, &recorded.data);
        if let Some(reply) = replies.iter().find(|reply| reply.id == recorded.id) {
            let reply = ServerMsg {
                id: request.id,
                ..reply.clone()
            };
            connection.send(&reply.encode());
        }
    }
    for datagram in connection.received() {
        assert!(datagram.bytes.len() <= 4096, "{}", datagram.bytes.len());
    }
}

fn messages(name: &str) -> impl Iterator<Item = Line> {
    let lines = transcript(name).into_iter();
    lines.filter(|line| !line.handshake)
}
