//! Calls that a canceller cancels from another task or thread.

use std::fs;
use std::future::pending;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use domainsockets::blocking::{self, Carrier as _};
use domainsockets::test::Pair;
use domainsockets::{Bytes, Call, CallOptions, Canceller, Client, Error, Local, Request, Server};
use tests::handshake::StartServer;
use tests::raw::RawServer;
use tests::scratch::Scratch;
use tests::watchdog;
use tokio::sync::mpsc;

use crate::support::{SOON, error};

/// Returns a handler that never answers, and that reports when it begins and when it is dropped.
fn hang(
    told: &mpsc::UnboundedSender<&'static str>,
) -> impl Fn(Request) -> std::pin::Pin<Box<dyn Future<Output = Result<Bytes, String>> + Send>>
+ Clone
+ use<> {
    struct Told(mpsc::UnboundedSender<&'static str>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send("dropped");
        }
    }
    let told = told.clone();
    move |_| {
        let told = Told(told.clone());
        Box::pin(async move {
            let _ = told.0.send("begun");
            pending::<()>().await;
            Ok(Bytes::new())
        })
    }
}

#[test]
fn cancelling_a_call_drops_its_handler() {
    watchdog::run(|| async {
        let (told, mut events) = mpsc::unbounded_channel();
        let pair = Pair::new().register("hang", hang(&told)).unwrap();
        let (client, _link) = pair.start();
        let canceller = Canceller::new();
        let options = CallOptions::new().cancelled_by(&canceller);
        let call = {
            let (client, options) = (client.clone(), options.clone());
            tokio::spawn(async move { error(client.call_with("hang", "", options).await) })
        };
        assert_eq!(events.recv().await, Some("begun"));
        canceller.cancel();
        assert!(matches!(call.await.unwrap(), Error::Cancelled));
        assert_eq!(events.recv().await, Some("dropped"));
        // The canceller stays cancelled, so calls that begin later fail at once.
        let late = error(client.call_with("hang", "", options).await);
        assert!(matches!(late, Error::Cancelled));
        assert_eq!(client.stats().in_flight, 0);
        drop(client);
    });
}

#[test]
fn a_call_that_waits_to_begin_can_be_cancelled() {
    watchdog::run(|| async {
        let (told, mut events) = mpsc::unbounded_channel();
        let pair = Pair::new()
            .register("hang", hang(&told))
            .unwrap()
            .client(Client::builder().max_in_flight(1));
        let (client, _link) = pair.start();
        // After its first reply the client knows that the server understands a goodbye.
        error(client.call("nothing", "").await);
        let first = tokio::spawn({
            let client = client.clone();
            async move { client.call("hang", "").await }
        });
        assert_eq!(events.recv().await, Some("begun"));
        let canceller = Canceller::new();
        let options = CallOptions::new().cancelled_by(&canceller);
        let call = client.call_with("hang", "", options);
        let (queued, ()) = tokio::join!(call, async { canceller.cancel() });
        assert!(matches!(error(queued), Error::Cancelled));
        first.abort();
        drop(client);
        assert_eq!(events.recv().await, Some("dropped"));
    });
}

#[test]
fn a_call_in_the_same_process_can_be_cancelled() {
    struct Hanging(mpsc::UnboundedSender<&'static str>);
    #[domainsockets::service]
    trait Hang {
        async fn hang(&self);
    }
    impl Hang for Hanging {
        async fn hang(&self) {
            let _ = self.0.send("begun");
            pending::<()>().await;
        }
    }
    watchdog::run(|| async {
        let (told, mut events) = mpsc::unbounded_channel();
        let local = Local::new(HangServer::new(Hanging(told))).unwrap();
        let canceller = Canceller::new();
        let stub = HangClient::new(local).with(CallOptions::new().cancelled_by(&canceller));
        let call = tokio::spawn(async move { error(stub.hang().await) });
        assert_eq!(events.recv().await, Some("begun"));
        canceller.cancel();
        assert!(matches!(call.await.unwrap(), Error::Cancelled));
    });
}

#[test]
fn blocking_calls_are_cancelled_from_another_thread() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (told, mut events) = mpsc::unbounded_channel();
        let server = Server::bind(scratch.path("server"))
            .unwrap()
            .register("hang", hang(&told))
            .unwrap()
            .started()
            .unwrap();
        let client = Arc::new(blocking::Client::dial(server.path()).unwrap());
        let canceller = Canceller::new();
        // One of these threads reads for all, and the others wait for it. Cancelling wakes each.
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let client = Arc::clone(&client);
                let options = CallOptions::new().cancelled_by(&canceller);
                thread::spawn(move || {
                    let mut call = Call::new("hang", "");
                    call.options = options;
                    client.execute(call).map(drop).unwrap_err()
                })
            })
            .collect();
        for _ in 0..3 {
            assert_eq!(events.recv().await, Some("begun"));
        }
        canceller.cancel();
        for thread in threads {
            let ended = tokio::task::spawn_blocking(move || thread.join().unwrap());
            let ended = tokio::time::timeout(SOON, ended).await.unwrap();
            assert!(matches!(ended.unwrap(), Error::Cancelled));
        }
        for _ in 0..3 {
            assert_eq!(events.recv().await, Some("dropped"));
        }
        drop(client);
        server.shutdown(Duration::from_secs(1)).await.unwrap();
        scratch.leak_check();
    });
}

/// A blocking client whose server was replaced by one that does not answer.
struct Redialling {
    scratch: Scratch,
    client: Arc<blocking::Client>,
    server: RawServer,
}

impl Redialling {
    fn new() -> Self {
        let scratch = Scratch::new();
        let server = RawServer::bind_unmarked(scratch.path("server"));
        let path = server.path().to_owned();
        let dialling = thread::spawn(move || {
            // The dial timeout must not be what ends a call of these tests.
            let builder = blocking::Client::builder().dial_timeout(watchdog::LIMIT);
            builder.deadline(watchdog::LIMIT).dial(path).unwrap()
        });
        let connection = server.accept();
        let client = Arc::new(dialling.join().unwrap());
        drop((connection, server));
        Self {
            client,
            server: RawServer::bind_unmarked(scratch.path("server")),
            scratch,
        }
    }

    /// Makes a call in a thread with this name.
    fn call(&self, name: &str, canceller: &Canceller) -> thread::JoinHandle<Error> {
        let client = Arc::clone(&self.client);
        let options = CallOptions::new().cancelled_by(canceller);
        let thread = thread::Builder::new().name(name.to_owned());
        let call = move || error(client.call_with("echo", "", options));
        thread.spawn(call).unwrap()
    }

    /// Waits until a call dials.
    fn is_dialled(&self) -> bool {
        self.server.setup(SOON).is_some()
    }

    fn end(self) {
        drop((self.client, self.server));
        self.scratch.leak_check();
    }
}

/// Returns whether the thread of this name sleeps in the kernel.
fn is_asleep(name: &str) -> bool {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let mut stats = threads.filter_map(|thread| {
        let stat = fs::read_to_string(thread.ok()?.path().join("stat")).ok()?;
        let (comm, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
        (comm == name).then(|| rest.trim_start().starts_with('S'))
    });
    stats.next() == Some(true)
}

#[test]
fn a_blocking_call_that_dials_can_be_cancelled() {
    watchdog::blocking(|| {
        let redialling = Redialling::new();
        let canceller = Canceller::new();
        let call = redialling.call("dials", &canceller);
        assert!(redialling.is_dialled());
        canceller.cancel();
        assert!(matches!(call.join().unwrap(), Error::Cancelled));
        redialling.end();
    });
}

#[test]
fn a_blocking_call_that_waits_for_another_to_dial_can_be_cancelled() {
    watchdog::blocking(|| {
        let redialling = Redialling::new();
        let [dials, waits, dials_next] = [(); 3].map(|()| Canceller::new());
        let dialling = redialling.call("dials", &dials);
        assert!(redialling.is_dialled());
        let waiting = redialling.call("waits", &waits);
        watchdog::eventually(SOON, "the call waits", || is_asleep("waits"));
        waits.cancel();
        assert!(matches!(waiting.join().unwrap(), Error::Cancelled));
        assert!(!dialling.is_finished());

        // If the call that dials is cancelled, a call that waits for it dials itself.
        let next = redialling.call("dials next", &dials_next);
        watchdog::eventually(SOON, "the call waits", || is_asleep("dials next"));
        dials.cancel();
        assert!(matches!(dialling.join().unwrap(), Error::Cancelled));
        assert!(redialling.is_dialled());
        dials_next.cancel();
        assert!(matches!(next.join().unwrap(), Error::Cancelled));
        redialling.end();
    });
}

#[test]
fn a_blocking_call_that_dials_can_be_cancelled_while_a_process_floods_its_socket() {
    watchdog::blocking(|| {
        let redialling = Redialling::new();
        let canceller = Canceller::new();
        let call = redialling.call("dials", &canceller);
        let flooded = redialling.server.client();
        let (sent, floods) = std::sync::mpsc::channel();
        let flooding = [(); 2].map(|()| {
            let socket = UnixDatagram::unbound().unwrap();
            socket.connect(&flooded).unwrap();
            let sent = sent.clone();
            thread::spawn(move || {
                // Until the client closes its socket.
                while socket.send(&[]).is_ok() {
                    let _ = sent.send(());
                }
            })
        });
        drop(sent);
        // More than the queue holds: the client has received some of them.
        assert_eq!(floods.iter().take(1000).count(), 1000);
        canceller.cancel();
        assert!(matches!(call.join().unwrap(), Error::Cancelled));
        for thread in flooding {
            thread.join().unwrap();
        }
        redialling.end();
    });
}
