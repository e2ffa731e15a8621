//! Ends that come at a bad time: of peers, of runtimes, and of what is lent to a call.

#![expect(clippy::unwrap_used, reason = "a test is to fail there")]

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::wire::{LEN_TOTAL, ServerMsg, ServerMsgType, setup_encode};
use domainsockets::{Bytes, CallOptions, Client, Error, Reconnect, Request, Server, service};
use tokio::runtime;
use tokio::sync::watch;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(5);

#[service]
trait Desk {
    #[rpc(no_cancel)]
    async fn stay(&self);
    #[rpc(idempotent)]
    async fn wait(&self);
}

/// Whose handlers run until they are told to end.
struct Held(watch::Receiver<bool>);

impl Held {
    async fn until_let_go(&self) {
        let mut let_go = self.0.clone();
        let _ = let_go.wait_for(|let_go| *let_go).await;
    }
}

impl Desk for Held {
    async fn stay(&self) {
        self.until_let_go().await;
    }
    async fn wait(&self) {
        self.until_let_go().await;
    }
}

/// Memory whose owner uses the client when it is not needed any more.
struct Owner {
    bytes: Vec<u8>,
    client: Client,
    told: mpsc::Sender<usize>,
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.told.send(self.client.stats().in_flight);
    }
}

#[test]
fn owner_of_a_payload_may_use_the_client() {
    let (told, heard) = mpsc::channel();
    // In a thread of its own: were it to wait for itself, nothing else would end.
    thread::spawn(move || {
        current_thread().block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let server = echo_server(&dir.path().join("s"));
            let client = Client::dial(server.path()).await.unwrap();
            for size in [1, 5 << 10, 1 << 20, 5 << 20] {
                let data = Bytes::from_owner(Owner {
                    bytes: vec![7; size],
                    client: client.clone(),
                    told: told.clone(),
                });
                let _ = client.call("echo", data).await;
            }
        });
    });
    for _ in 0..4 {
        heard.recv_timeout(SOON).unwrap();
    }
}

#[tokio::test]
async fn reply_of_a_handler_that_has_blocked_counts_from_its_end() {
    const IDLE: Duration = Duration::from_secs(1);
    let dir = tempfile::tempdir().unwrap();
    let server = Server::builder()
        .idle_timeout(IDLE)
        .bind(dir.path().join("s"))
        .unwrap()
        .register("block", |request: Request| async move {
            // It holds up its connection's reader, which is what this is about.
            thread::sleep(IDLE + IDLE / 4);
            Ok::<_, Error>(request.into_data())
        })
        .unwrap()
        .register("echo", |request: Request| async {
            Ok::<_, Error>(request.into_data())
        })
        .unwrap()
        .start()
        .unwrap();
    let client = Client::builder()
        .keep_alive_interval(Duration::from_secs(60))
        .dial(server.path())
        .await
        .unwrap();
    assert_eq!(client.call("block", "1").await.unwrap(), "1");
    assert_eq!(client.call("echo", "2").await.unwrap(), "2");
}

#[tokio::test]
async fn text_of_an_error_is_counted_as_memory() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::builder()
        .max_memory_per_user(1 << 20)
        .bind(dir.path().join("s"))
        .unwrap()
        .register("fail", |_| async { Err::<Bytes, _>("x".repeat(3 << 20)) })
        .unwrap()
        .start()
        .unwrap();
    let client = Client::dial(server.path()).await.unwrap();
    let failed = client.call("fail", "").await;
    assert!(
        matches!(failed, Err(Error::ReplyDropped { size }) if size == 3 << 20),
        "{failed:?}"
    );
}

#[tokio::test]
async fn connection_counts_as_long_as_a_handler_of_it_runs() {
    const LIMIT: usize = 2;
    let dir = tempfile::tempdir().unwrap();
    let (let_go, held) = watch::channel(false);
    let server = Server::builder()
        .max_connections_per_user(LIMIT)
        .bind(dir.path().join("s"))
        .unwrap()
        .add_service(DeskServer::new(Held(held)))
        .unwrap()
        .start()
        .unwrap();
    for _ in 0..LIMIT {
        let desk = DeskClient::dial(server.path()).await.unwrap();
        let options = CallOptions::new().with_deadline(Duration::from_millis(50));
        let late = desk.with(options).stay().await;
        assert!(
            matches!(late, Err(Error::DeadlineExceeded { .. })),
            "{late:?}"
        );
    }
    let ended = timeout(SOON, async {
        while server.stats().connections != 0 {
            tokio::task::yield_now().await;
        }
    });
    ended.await.unwrap();
    let refused = Client::dial(server.path()).await;
    assert!(
        matches!(refused, Err(Error::Overloaded { .. })),
        "{refused:?}"
    );

    let_go.send(true).unwrap();
    let dialled = timeout(SOON, async {
        while Client::dial(server.path()).await.is_err() {
            tokio::task::yield_now().await;
        }
    });
    dialled.await.unwrap();
}

#[tokio::test]
async fn request_that_has_come_before_a_shutdown_is_handled() {
    for _ in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        let (note, mut noted) = tokio::sync::mpsc::unbounded_channel();
        let server = Server::bind(dir.path().join("s"))
            .unwrap()
            .register("note", move |request: Request| {
                let noted = note.send(request.into_data());
                async { noted.map(|()| "") }
            })
            .unwrap()
            .start()
            .unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        client.send("note", "last").await.unwrap();
        server.close().await.unwrap();
        assert_eq!(noted.recv().await.unwrap(), "last");
    }
}

#[test]
fn client_that_dials_again_outlives_its_runtime() {
    let dir = tempfile::tempdir().unwrap();
    let servers = current_thread();
    let (_let_go, held) = watch::channel(false);
    let server = {
        let _entered = servers.enter();
        let server = Server::bind(dir.path().join("s")).unwrap();
        let server = server.add_service(DeskServer::new(Held(held))).unwrap();
        server.start().unwrap()
    };
    let path = server.path().to_owned();
    let (stop, mut stopped) = watch::channel(false);
    let serving = thread::spawn(move || {
        let _ = servers.block_on(stopped.wait_for(|stopped| *stopped));
        drop(server);
    });
    let dialling = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let reconnect = Reconnect::default();
    let dialled = DeskClient::new(
        dialling
            .block_on(Client::builder().reconnect(reconnect).dial(&path))
            .unwrap(),
    );
    let (begun, has_begun) = mpsc::channel();
    let calling = thread::spawn(move || {
        current_thread().block_on(async {
            let mut wait = std::pin::pin!(dialled.wait());
            let early = timeout(Duration::from_millis(1), wait.as_mut()).await;
            assert!(early.is_err());
            begun.send(()).unwrap();
            timeout(SOON, wait).await.unwrap()
        })
    });
    has_begun.recv_timeout(SOON).unwrap();
    drop(dialling);
    let ended = calling.join().unwrap();
    assert!(
        matches!(ended, Err(Error::Disconnected { .. })),
        "{ended:?}"
    );
    stop.send(true).unwrap();
    serving.join().unwrap();
}

#[test]
fn server_that_goes_on_sending_keeps_no_call() {
    const DEADLINE: Duration = Duration::from_millis(300);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let setup = UnixDatagram::bind(&path).unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let has_ended = Arc::clone(&over);
    let flooding = thread::spawn(move || flood(&setup, dir.path(), &has_ended));
    let begun = Instant::now();
    current_thread().block_on(async {
        let client = Client::builder()
            .keep_alive_interval(Duration::from_millis(50))
            .dial(&path)
            .await
            .unwrap();
        let options = CallOptions::new().with_deadline(DEADLINE);
        let ended = client.call_with("any", "", options).await;
        assert!(
            matches!(
                ended,
                Err(Error::DeadlineExceeded { .. } | Error::Disconnected { .. })
            ),
            "{ended:?}"
        );
    });
    // Dropping the runtime has ended the driver.
    let took = begun.elapsed();
    over.store(true, Ordering::Relaxed);
    flooding.join().unwrap();
    assert!(took < SOON, "{took:?}");
}

/// Answers a setup message, reads nothing, and sends replies that nobody waits for.
fn flood(setup: &UnixDatagram, dir: &Path, over: &AtomicBool) {
    let mut name = [0; LEN_TOTAL];
    assert_eq!(setup.recv(&mut name).unwrap(), LEN_TOTAL);
    let own = setup_encode();
    let own_path = dir.join(own.as_str());
    let connection = UnixDatagram::bind(&own_path).unwrap();
    let reply = UnixDatagram::unbound().unwrap();
    reply
        .connect(dir.join(str::from_utf8(&name).unwrap()))
        .unwrap();
    reply.set_nonblocking(true).unwrap();
    reply.send(own.as_bytes()).unwrap();
    // The first message of the client; the next one finds nobody.
    connection.recv(&mut [0; 64]).unwrap();
    drop(connection);
    std::fs::remove_file(own_path).unwrap();
    let stray = ServerMsg {
        id: 1 << 40,
        kind: ServerMsgType::Data,
        data: b"",
    };
    let mut datagram = Vec::new();
    while datagram.len() < 60_000 {
        stray.encode(&mut datagram);
    }
    let begun = Instant::now();
    while !over.load(Ordering::Relaxed) && begun.elapsed() < 2 * SOON {
        let _ = reply.send(&datagram);
    }
}

fn echo_server(path: &Path) -> domainsockets::ServerHandle {
    Server::bind(path)
        .unwrap()
        .register("echo", |request: Request| async {
            Ok::<_, Error>(request.into_data())
        })
        .unwrap()
        .start()
        .unwrap()
}

fn current_thread() -> runtime::Runtime {
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}
