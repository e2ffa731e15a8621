//! Threads that call over one blocking client.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use domainsockets::blocking::{Carrier, Client, Layer, Local, Reply};
use domainsockets::test::Mock;
use domainsockets::{Bytes, Call, CallOptions, Canceller, Error, With, service};
use tests::handshake::StartServer;
use tests::process::Process;
use tests::scratch::Scratch;
use tests::watchdog;
use tests::wire::pattern;
use tokio::runtime::Runtime;

use crate::support::{SOON, error, peer};

fn check(calls: impl FnOnce(&mut Process, &Client) + Send + 'static) {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let mut server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::dial(scratch.path("server")).unwrap();
        calls(&mut server, &client);
        drop(client);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn threads_get_their_own_replies_over_one_connection() {
    check(|_, client| {
        thread::scope(|scope| {
            for number in 0..8 {
                scope.spawn(move || {
                    for round in 0..200 {
                        let text = format!("{number} {round}");
                        assert_eq!(client.call("echo", text.clone()).unwrap(), text);
                    }
                    let large = pattern(300_000 + number);
                    assert_eq!(client.call("echo", large.clone()).unwrap(), large);
                });
            }
        });
    });
}

#[test]
fn a_thread_that_waits_delays_no_other() {
    check(|_, client| {
        thread::scope(|scope| {
            let slow = scope.spawn(|| client.call("sleep", "400").unwrap());
            let begun = Instant::now();
            for round in 0..50 {
                let text = round.to_string();
                assert_eq!(client.call("echo", text.clone()).unwrap(), text);
            }
            assert!(begun.elapsed() < Duration::from_millis(400));
            assert!(!slow.is_finished());
            assert_eq!(slow.join().unwrap(), "400");
        });
    });
}

#[test]
fn each_thread_keeps_its_own_deadline() {
    check(|_, client| {
        thread::scope(|scope| {
            for millis in [150, 50, 100] {
                scope.spawn(move || {
                    let time = Duration::from_millis(millis);
                    let options = CallOptions::new().with_deadline(time);
                    let begun = Instant::now();
                    let late = error(client.call_with("hang", "", options));
                    assert!(time <= begun.elapsed() && begun.elapsed() < SOON);
                    assert!(
                        matches!(&late, Error::DeadlineExceeded { handler, after }
                            if handler == "hang" && *after == time),
                        "{late:?}"
                    );
                });
            }
        });
        assert_eq!(client.call("echo", "on").unwrap(), "on");
    });
}

#[test]
fn a_dead_server_ends_the_calls_of_all_threads() {
    watchdog::blocking(|| {
        let scratch = Scratch::new();
        let mut server = Process::serve(peer(), scratch.dir(), "server");
        let client = Arc::new(Client::dial(scratch.path("server")).unwrap());
        let hanging: Vec<_> = (0..4)
            .map(|_| {
                let client = Arc::clone(&client);
                thread::spawn(move || error(client.call("notify_drop", "")))
            })
            .collect();
        let begun = |client: &Client| client.call("dropped", "").unwrap() == "0 of 4";
        watchdog::eventually(SOON, "all four hang", || begun(&client));
        server.shoot();
        for thread in hanging {
            let ended = thread.join().unwrap();
            assert!(matches!(ended, Error::Disconnected { may_have_run: true }));
        }
        watchdog::eventually(SOON, "the server has ended", || server.has_ended());
        let server = Process::serve(peer(), scratch.dir(), "server");
        // Several threads notice the lost connection at once: one of them dials for all.
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(client.call("echo", "back").unwrap(), "back"));
            }
        });
        drop(client);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn a_decorator_of_a_blocking_client_keeps_options() {
    #[derive(Clone)]
    struct Counting<C>(C, Arc<AtomicU64>);
    impl<C: Carrier> Carrier for Counting<C> {
        fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.execute(call)
        }
    }
    struct Late;
    impl Layer for Late {
        fn execute(&self, call: Call<'_>, next: &dyn Carrier) -> Result<Reply, Error> {
            assert_eq!(call.options.deadline(), Some(Duration::from_millis(40)));
            next.execute(call)
        }
    }
    check(|_, client| {
        let calls = Arc::default();
        let options = CallOptions::new().with_deadline(Duration::from_millis(40));
        let carrier = Counting(client.clone(), Arc::clone(&calls)).layered(Late);
        let carrier: Box<dyn Carrier> = Box::new(With::new(carrier, options));
        let late = carrier.execute(Call::new("hang", "")).unwrap_err();
        assert!(matches!(late, Error::DeadlineExceeded { .. }));
        assert_eq!(calls.load(Ordering::Relaxed), 1);

        let mock = Mock::new(client.clone()).fail("echo", || Some(Error::ShuttingDown));
        let refused = Carrier::execute(&mock, Call::new("echo", "")).unwrap_err();
        assert!(matches!(refused, Error::ShuttingDown));
        assert_eq!(mock.calls("echo"), 1);
    });
}

#[test]
fn threads_over_the_limit_in_flight_wait_for_each_other() {
    check_limited(2, |client| {
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        assert_eq!(client.call("sleep", "5").unwrap(), "5");
                    }
                });
            }
        });
    });
}

#[test]
fn one_way_calls_of_threads_are_all_sent() {
    check(|_, client| {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        client.send("count", "").unwrap();
                    }
                });
            }
        });
        let last: u64 = {
            let count = client.call("count", "").unwrap();
            str::from_utf8(&count).unwrap().parse().unwrap()
        };
        assert_eq!(last, 101);
    });
}

/// Passes a client to `calls` whose server runs at most `limit` requests of a connection at a time.
fn check_limited(limit: usize, calls: impl FnOnce(&Client) + Send + 'static) {
    watchdog::run(move || async move {
        let scratch = Scratch::new();
        let server = domainsockets::Server::builder()
            .max_in_flight(limit)
            .bind(scratch.path("server"))
            .unwrap()
            .register("sleep", |request: domainsockets::Request| async move {
                let text = str::from_utf8(request.data()).unwrap();
                tokio::time::sleep(Duration::from_millis(text.parse().unwrap())).await;
                Ok::<_, String>(request.into_data())
            })
            .unwrap()
            .started()
            .unwrap();
        let path = server.path().to_owned();
        let called = tokio::task::spawn_blocking(move || {
            let client = Client::dial(path).unwrap();
            // The first reply carries the server's limit.
            client.call("sleep", "0").unwrap();
            calls(&client);
        });
        called.await.unwrap();
        server.shutdown(Duration::from_secs(1)).await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn a_call_that_is_cancelled_before_it_begins_is_not_sent() {
    check(|_, client| {
        let canceller = Canceller::new();
        canceller.cancel();
        let options = CallOptions::new().cancelled_by(&canceller);
        let called = client.call_with("echo", "never", options);
        assert!(matches!(called, Err(Error::Cancelled)));
        assert_eq!(client.call("echo", "again").unwrap(), "again");
    });
}

#[test]
fn a_deadline_of_a_local_service_needs_a_runtime() {
    #[service]
    trait Adder {
        async fn add(&self, one: u32, other: u32) -> u32;
    }
    struct Plain;
    impl Adder for Plain {
        async fn add(&self, one: u32, other: u32) -> u32 {
            one + other
        }
    }
    let call = |time: Option<Duration>| {
        let data = Bytes::from_static(&[1, 2]);
        let mut call = Call::new("Adder.add", data);
        if let Some(time) = time {
            call.options = CallOptions::new().with_deadline(time);
        }
        call
    };
    let local = Local::new(AdderServer::new(Plain)).unwrap();
    assert_eq!(local.execute(call(None)).unwrap().data[..], [3]);
    let refused = local.execute(call(Some(SOON)));
    assert!(
        matches!(refused, Err(Error::Unsupported { what }) if what == "a deadline outside of a tokio runtime")
    );
    let runtime = Runtime::new().unwrap();
    let local = local.with_runtime(runtime.handle().clone());
    assert_eq!(local.execute(call(Some(SOON))).unwrap().data[..], [3]);
}

/// The owner of a request's data, which runs a closure when the data are dropped.
struct Owner<F: FnMut()> {
    data: Vec<u8>,
    on_drop: F,
}

impl<F: FnMut()> AsRef<[u8]> for Owner<F> {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl<F: FnMut()> Drop for Owner<F> {
    fn drop(&mut self) {
        (self.on_drop)();
    }
}

/// Leaves a request behind of which the server has received only a part. The call that sends the rest of it
/// then drops its data, which runs `on_drop`. The server is paused.
fn leave_behind(server: &Process, client: &Client, on_drop: impl FnMut() + Send + 'static) {
    server.pause();
    let data = Bytes::from_owner(Owner {
        data: pattern(4 << 20),
        on_drop,
    });
    let options = CallOptions::new().with_deadline(Duration::from_millis(50));
    let late = error(client.call_with("len", data, options));
    assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
}

#[test]
fn a_destructor_of_a_requests_data_may_call_the_same_client() {
    check(|server, client| {
        let (called, results) = mpsc::channel();
        let again = client.clone();
        leave_behind(server, client, move || {
            let options = CallOptions::new().with_deadline(SOON);
            called
                .send(again.call_with("echo", "inner", options))
                .unwrap();
        });
        server.resume();
        assert_eq!(client.call("echo", "outer").unwrap(), "outer");
        assert_eq!(results.recv_timeout(SOON).unwrap().unwrap(), "inner");
    });
}

#[test]
fn a_destructor_of_a_requests_data_that_panics_harms_no_other_call() {
    check(|server, client| {
        let (dropped, drops) = mpsc::channel();
        leave_behind(server, client, move || {
            dropped.send(()).unwrap();
            panic!("as the test asked for");
        });
        server.resume();
        assert_eq!(client.call("echo", "outer").unwrap(), "outer");
        drops.recv_timeout(SOON).unwrap();
        assert_eq!(client.call("echo", "later").unwrap(), "later");
    });
}

#[test]
fn a_destructor_of_a_requests_data_may_wait_for_the_call_of_another_thread() {
    check(|server, client| {
        let (ended, calls) = mpsc::channel();
        let (waited, results) = mpsc::channel();
        leave_behind(server, client, move || {
            waited.send(calls.recv_timeout(SOON)).unwrap();
        });
        thread::scope(|scope| {
            for _ in 0..2 {
                let ended = ended.clone();
                scope.spawn(move || {
                    assert_eq!(client.call("echo", "x").unwrap(), "x");
                    // The destructor waits for the first of the two calls only.
                    let _ = ended.send(());
                });
            }
            server.resume();
        });
        results.recv_timeout(SOON).unwrap().unwrap();
    });
}
