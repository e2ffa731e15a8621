//! Malformed handshake messages of either side.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};

use domainsockets::{Client, Error, Server};
use tests::handshake::StartServer;
use tests::raw::RawServer;
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::pattern;
use tokio::task;

use crate::support::{QUIET, error};

#[test]
fn m12_malformed_setup_messages_are_ignored() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let dir = scratch.path("in");
        fs::create_dir(&dir).unwrap();
        let server = Server::bind(dir.join("server")).unwrap();
        let server = server.register("echo", echo).unwrap().started().unwrap();

        let upper = "0F1E2D3C-4B5A-4968-8778-695A4B3C2D1E";
        let outside = "/../outside-of-the-temp-dir-aaaaaaaa";
        let spaces = " 11fccac0-e5f6-41ac-8e3d-86a511c2c4e";
        let nul = "11fccac0-e5f6-41ac-8e3d-86a511c2c4e\0";
        let mut garbage: Vec<Vec<u8>> = [0, 1, 35, 37, 72, 4096, 200_000]
            .map(|len| b"11fccac0-".iter().copied().cycle().take(len).collect())
            .into();
        for text in [upper, outside, spaces, nul] {
            assert_eq!(text.len(), 36);
            garbage.push(text.into());
        }
        garbage.push(pattern(36));

        // A server that trusted the names would write to these sockets.
        let baits = [
            UnixDatagram::bind(dir.join(upper)).unwrap(),
            UnixDatagram::bind(scratch.path(&outside[4..])).unwrap(),
            UnixDatagram::bind(dir.join(spaces)).unwrap(),
            UnixDatagram::bind(dir.join("11fccac0-11fccac0-11fccac0-11fccac0-")).unwrap(),
        ];
        let healthy = Client::dial(dir.join("server")).await.unwrap();
        assert_eq!(healthy.call("echo", "before").await.unwrap(), "before");
        let files = names(&dir);
        let knock = UnixDatagram::unbound().unwrap();
        knock.connect(dir.join("server")).unwrap();
        for datagram in &garbage {
            knock.send(datagram).unwrap();
        }
        // The setup socket is read in order, so all of the garbage has been read after this.
        let client = Client::dial(dir.join("server")).await.unwrap();
        assert_eq!(client.call("echo", "on").await.unwrap(), "on");
        assert_eq!(healthy.call("echo", "behind").await.unwrap(), "behind");
        for bait in baits {
            bait.set_read_timeout(Some(QUIET)).unwrap();
            assert!(bait.recv(&mut [0; 64]).is_err(), "a reply to garbage");
        }
        assert_eq!(names(&dir), files);

        drop((healthy, client));
        server.close().await.unwrap();
        for bait in [upper, spaces, "11fccac0-11fccac0-11fccac0-11fccac0-"] {
            fs::remove_file(dir.join(bait)).unwrap();
        }
        fs::remove_file(scratch.path(&outside[4..])).unwrap();
        fs::remove_file(dir.join(".server.lock")).unwrap();
        fs::remove_dir(&dir).unwrap();
        scratch.leak_check();
    });
}

#[test]
fn m13_malformed_setup_answer_fails_the_dial() {
    watchdog::run(|| async {
        let uuid = "11fccac0-e5f6-41ac-8e3d-86a511c2c4e5";
        for answer in [
            uuid[..35].to_owned(),
            format!("{uuid}0"),
            format!("{:<36}", "../../etc/passwd"),
            format!("{:0<36}", "../../etc/passwd"),
            uuid.to_uppercase(),
            String::new(),
        ] {
            let scratch = Scratch::new();
            let server = RawServer::bind_unmarked(scratch.path("raw"));
            let path = server.path().to_owned();
            let begin = Instant::now();
            let dialling = tokio::spawn(async move {
                let builder = Client::builder().dial_timeout(Duration::from_secs(1));
                builder.dial(path).await
            });
            let answered = answer.clone();
            let server = task::spawn_blocking(move || {
                server.answer(answered.as_bytes());
                server
            })
            .await
            .unwrap();
            let refused = error(dialling.await.unwrap());
            assert!(begin.elapsed() < Duration::from_secs(2), "in time");
            // An empty datagram carries no answer, so the client may ignore it and time out.
            let timed_out = answer.is_empty() && matches!(refused, Error::HandshakeTimeout { .. });
            assert!(
                matches!(refused, Error::Protocol(_)) || timed_out,
                "{answer:?}: {refused:?}"
            );
            assert_eq!(scratch.files(), ["raw"], "the client's file is removed");
            serves_another(server).await;
            scratch.leak_check();
        }
    });
}

/// Asserts that a client that receives a valid answer is served.
async fn serves_another(server: RawServer) {
    let path = server.path().to_owned();
    let serving = task::spawn_blocking(move || {
        let mut connection = server.accept();
        let request = connection.request();
        connection.reply(request.id, &request.data);
        (server, connection)
    });
    let client = Client::dial(path).await.unwrap();
    assert_eq!(client.call("echo", "on").await.unwrap(), "on");
    drop((client, serving.await.unwrap()));
}

async fn echo(request: domainsockets::Request) -> Result<Vec<u8>, String> {
    Ok(request.data().to_vec())
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
