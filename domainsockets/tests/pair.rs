//! A client and a server joined in memory, as tests of users join them.

#![expect(
    clippy::unwrap_used,
    reason = "a test reports what is wrong by panicking"
)]

use std::future::{Future, pending, ready};
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Waker};
use std::time::Duration;

use domainsockets::test::{Fault, Link, Pair, Side};
use domainsockets::{Allow, Bytes, CallOptions, Client, Context, Error, Request, Server, service};
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::time::Instant;

#[service]
trait Counter {
    /// Adds to the count, and returns it.
    async fn add(&self, n: usize) -> usize;
}

#[derive(Default)]
struct Total(AtomicUsize);

impl Counter for Total {
    async fn add(&self, n: usize) -> usize {
        self.0.fetch_add(n, Ordering::Relaxed) + n
    }
}

/// Each future of `hang` holds a clone.
type Hanging = Arc<()>;

fn handlers(pair: Pair) -> (Pair, Hanging) {
    let hanging = Hanging::default();
    let held = Arc::clone(&hanging);
    let pair = pair
        .register("echo", |request: Request| async {
            Ok::<_, String>(request.into_data())
        })
        .unwrap()
        .register("hang", move |_| {
            let held = Arc::clone(&held);
            async move {
                let reply = pending::<Result<Vec<u8>, String>>().await;
                drop(held);
                reply
            }
        })
        .unwrap();
    (pair, hanging)
}

fn start(pair: Pair) -> (Client, Link, Hanging) {
    let (pair, hanging) = handlers(pair);
    let (client, link) = pair.start();
    (client, link, hanging)
}

/// Runs a test in virtual time on a runtime without I/O.
fn run<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let limit = Duration::from_secs(24 * 3600);
    runtime
        .unwrap()
        .block_on(async { tokio::time::timeout(limit, test()).await.unwrap() });
}

/// Waits until a condition holds without advancing the clock.
async fn settles(mut condition: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the condition does not hold");
}

fn spawn_hang(client: &Client) -> tokio::task::JoinHandle<Result<Bytes, Error>> {
    let client = client.clone();
    tokio::spawn(async move { client.call("hang", "").await })
}

#[test]
fn stub_calls_over_the_client() {
    run(|| async {
        let service = CounterServer::new(Total::default());
        let (client, _link) = Pair::new().add_service(service).unwrap().start();
        let counter = CounterClient::new(client);
        assert_eq!(counter.add(2).await.unwrap(), 2);
        assert_eq!(counter.add(40).await.unwrap(), 42);
    });
}

#[test]
fn handler_is_registered_once() {
    let (pair, _) = handlers(Pair::default());
    let twice = pair.register("echo", |_: Request| async { Ok::<_, String>("") });
    assert!(twice.is_err());
}

#[test]
fn connection_outlives_its_link() {
    run(|| async {
        let (client, link, _) = start(Pair::new());
        drop(link);
        assert_eq!(client.call("echo", "x").await.unwrap(), "x");
    });
}

#[test]
fn messages_of_any_size_pass_small_queues() {
    run(|| async {
        for (queue, max_datagram_size) in [(1, 4096), (2, 10_000), (11, 1 << 20)] {
            let pair = Pair::new()
                .queue(queue)
                .max_datagram_size(max_datagram_size);
            let (client, _link, _) = start(pair);
            for size in [0, 1, 4095, 4096, 100_000, 4 << 20] {
                let data = vec![7; size];
                let reply = client.call("echo", data.clone()).await.unwrap();
                assert_eq!(reply, data, "{size} bytes");
            }
        }
    });
}

#[test]
fn death_of_the_server_ends_all_calls_at_once() {
    run(|| async {
        let (client, link, hanging) = start(Pair::new());
        let calls: Vec<_> = (0..100).map(|_| spawn_hang(&client)).collect();
        settles(|| Arc::strong_count(&hanging) == 102).await;
        let begun = Instant::now();
        link.kill(Side::Server);
        for call in calls {
            let ended = call.await.unwrap();
            assert!(matches!(
                ended,
                Err(Error::Disconnected { may_have_run: true })
            ));
        }
        let later = client.call("echo", "").await;
        assert!(matches!(
            later,
            Err(Error::Disconnected {
                may_have_run: false
            })
        ));
        assert_eq!(begun.elapsed(), Duration::ZERO);
        settles(|| link.server_stats().connections == 0).await;
        settles(|| Arc::strong_count(&hanging) == 1).await;
    });
}

#[test]
fn death_of_an_idle_server_is_noticed() {
    run(|| async {
        let (client, link, _) = start(Pair::new());
        client.call("echo", "").await.unwrap();
        link.kill(Side::Server);
        let called = client.call("echo", "").await;
        assert!(matches!(called, Err(Error::Disconnected { .. })));
    });
}

#[test]
fn death_of_the_client_drops_its_handlers_at_once() {
    run(|| async {
        let (client, link, hanging) = start(Pair::new());
        let call = spawn_hang(&client);
        settles(|| Arc::strong_count(&hanging) == 3).await;
        let begun = Instant::now();
        link.kill(Side::Client);
        settles(|| link.server_stats().connections == 0).await;
        settles(|| Arc::strong_count(&hanging) == 1).await;
        let ended = call.await.unwrap();
        assert!(matches!(ended, Err(Error::Disconnected { .. })));
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert_eq!(link.server_stats().timeouts, 0);
    });
}

#[test]
fn call_to_a_server_that_stops_reading_waits_until_its_deadline() {
    run(|| async {
        let client = Client::builder().deadline(Duration::from_secs(3));
        let (client, link, _) = start(Pair::new().client(client));
        link.stop_reading(Side::Server);
        let begun = Instant::now();
        let called = client.call("echo", vec![0; 1 << 20]).await;
        assert!(matches!(called, Err(Error::DeadlineExceeded { .. })));
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
        assert_eq!(link.queued(Side::Server), 11, "as many as fit");
        link.resume_reading(Side::Server);
        assert_eq!(client.call("echo", "x").await.unwrap(), "x");
    });
}

#[test]
fn server_disconnects_a_client_that_does_not_read() {
    run(|| async {
        let (client, link, _) = start(Pair::new());
        client.call("echo", "").await.unwrap();
        link.stop_reading(Side::Client);
        let _ = client.call("echo", vec![0; 4 << 20]).await;
        tokio::time::sleep(Duration::from_secs(31)).await;
        let stats = link.server_stats();
        assert_eq!((stats.connections, stats.timeouts), (0, 1));
    });
}

#[test]
fn calls_wait_while_the_queue_is_full() {
    run(|| async {
        let (client, link, _) = start(Pair::new());
        client.call("echo", "").await.unwrap();
        link.fill_queue(Side::Server);
        let release = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert_eq!(link.queued(Side::Server), 0);
            link.drain_queue(Side::Server);
        };
        let begun = Instant::now();
        let (called, ()) = tokio::join!(client.call("echo", "x"), release);
        assert_eq!(called.unwrap(), "x");
        assert_eq!(begun.elapsed(), Duration::from_secs(5));
    });
}

/// The memory of a reply, whose destructor panics.
struct PanicsInDrop(Vec<u8>);

impl AsRef<[u8]> for PanicsInDrop {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("as the test asked for");
    }
}

#[test]
fn replies_whose_destructors_panic_do_not_end_the_connection() {
    run(|| async {
        // Copied into the queue, refused, and queued as they are.
        let sizes = [10, 20_000, 100_000, 10_000_000];
        for size in sizes {
            let pair = Pair::new().register("large", move |_| async move {
                let memory = PanicsInDrop(vec![7; size]);
                Ok::<_, String>(Bytes::from_owner(memory))
            });
            let (client, link, _) = start(pair.unwrap());
            client.call("echo", "").await.unwrap();
            link.fill_queue(Side::Client);
            // Sent by one flush, so that several are dropped at the same time.
            let calls = [(); 3].map(|()| {
                let client = client.clone();
                tokio::spawn(async move { client.call("large", "").await })
            });
            settles(|| client.stats().in_flight == 3 && link.queued(Side::Server) == 0).await;
            link.drain_queue(Side::Client);
            for call in calls {
                match call.await.unwrap() {
                    Ok(reply) => assert_eq!(reply.len(), size),
                    Err(error) => assert!(matches!(error, Error::TooLarge { .. }), "{error:?}"),
                }
            }
            assert_eq!(client.call("echo", "x").await.unwrap(), "x");
        }
    });
}

#[test]
fn temporary_faults_only_delay_a_call() {
    run(|| async {
        for side in [Side::Client, Side::Server] {
            for fault in [Fault::Full, Fault::NoMemory, Fault::Interrupted] {
                let (client, link, _) = start(Pair::new());
                client.call("echo", "").await.unwrap();
                link.fail_next_sends(side, fault, 5);
                let data = vec![1; 300_000];
                let reply = client.call("echo", data.clone()).await;
                assert_eq!(reply.unwrap(), data, "{side:?} {fault:?}");
            }
        }
    });
}

#[test]
fn datagrams_that_are_too_long_are_split_again() {
    run(|| async {
        let (client, link, _) = start(Pair::new());
        client.call("echo", "").await.unwrap();
        link.fail_next_sends(Side::Client, Fault::TooLong, 2);
        let data = vec![1; 300_000];
        assert_eq!(client.call("echo", data.clone()).await.unwrap(), data);
    });
}

#[test]
fn closed_socket_ends_the_connection() {
    run(|| async {
        let (client, link, hanging) = start(Pair::new());
        let call = spawn_hang(&client);
        settles(|| Arc::strong_count(&hanging) == 3).await;
        link.fail_next_sends(Side::Client, Fault::Refused, 1);
        let called = client.call("echo", "x").await;
        assert!(matches!(called, Err(Error::Disconnected { .. })));
        let ended = call.await.unwrap();
        assert!(matches!(
            ended,
            Err(Error::Disconnected { may_have_run: true })
        ));
    });
}

#[test]
fn caller_has_the_credentials_that_the_test_sets() {
    run(|| async {
        let pair = |uid| {
            Pair::new()
                .caller(uid, 7)
                .register("id", |request: Request| async move {
                    let peer = request.peer().ok_or("remote")?;
                    Ok::<_, String>(format!("{} {}", peer.uid(), peer.gid()))
                })
                .unwrap()
        };
        let (client, _link) = pair(1234).start();
        assert_eq!(client.call("id", "").await.unwrap(), "1234 7");
    });
}

#[test]
fn rule_for_a_handler_is_applied() {
    run(|| async {
        for (uid, admitted) in [(0, true), (1234, false)] {
            let (pair, _) = handlers(Pair::new());
            let pair = pair.restrict("echo", Allow::nobody().root()).unwrap();
            let (client, _link) = pair.caller(uid, 0).start();
            let called = client.call("echo", "").await;
            match called {
                Err(Error::PermissionDenied { .. }) => assert!(!admitted),
                called => assert!(called.is_ok() && admitted),
            }
        }
    });
}

#[test]
fn reply_that_exceeds_the_memory_limit_is_dropped_and_reported() {
    run(|| async {
        let made = Arc::new(AtomicUsize::new(0));
        let ran = Arc::clone(&made);
        let pair = Pair::new()
            .server(Server::builder().max_memory_per_user(1 << 20))
            .register("make", move |_: Request| {
                ran.fetch_add(1, Ordering::Relaxed);
                async { Ok::<_, String>(vec![0; 2 << 20]) }
            })
            .unwrap();
        let (client, _link) = pair.start();
        let called = client.call("make", "").await;
        assert!(
            matches!(called, Err(Error::ReplyDropped { size }) if size == 2 << 20),
            "{called:?}"
        );
        assert_eq!(made.load(Ordering::Relaxed), 1, "the handler has run");
    });
}

#[test]
fn settings_of_both_sides_are_applied() {
    run(|| async {
        let server = Server::builder().max_in_flight(1).announce(false);
        let client = Client::builder().deadline(Duration::from_millis(10));
        let (client, _link, hanging) = start(Pair::new().server(server).client(client));
        let call = spawn_hang(&client);
        settles(|| Arc::strong_count(&hanging) == 3).await;
        // A client that has not received the server's hello gets the error as a text.
        let refused = client.call("echo", "").await;
        assert!(matches!(refused, Err(Error::Handler(_))), "{refused:?}");
        assert!(matches!(
            call.await.unwrap(),
            Err(Error::DeadlineExceeded { .. })
        ));
    });
}

#[test]
fn dropping_the_last_client_ends_the_connection() {
    run(|| async {
        let (client, link, hanging) = start(Pair::new());
        let call = spawn_hang(&client);
        settles(|| Arc::strong_count(&hanging) == 3).await;
        call.abort();
        drop(client);
        settles(|| link.server_stats().connections == 0).await;
        assert_eq!(Arc::strong_count(&hanging), 1);
    });
}

#[test]
fn keep_alives_keep_an_idle_connection_open_for_hours() {
    run(|| async {
        let (client, link, _) = start(Pair::new());
        client.call("echo", "").await.unwrap();
        tokio::time::sleep(Duration::from_secs(5 * 3600)).await;
        assert_eq!(link.server_stats().connections, 1);
        assert_eq!(client.call("echo", "x").await.unwrap(), "x");
    });
}

#[test]
fn pair_works_on_several_threads() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build();
    runtime.unwrap().block_on(async {
        let (client, _link, _) = start(Pair::new().queue(2));
        let calls: Vec<_> = (0..1000_u32)
            .map(|n| {
                let client = client.clone();
                tokio::spawn(async move {
                    let data = n.to_be_bytes().repeat(100);
                    let reply = client.call("echo", data.clone()).await.unwrap();
                    assert_eq!(reply, data);
                })
            })
            .collect();
        for call in calls {
            let limit = Duration::from_secs(20);
            tokio::time::timeout(limit, call).await.unwrap().unwrap();
        }
    });
}

/// Returns a pair whose handler `observe` passes its context to the test.
fn observed() -> (Client, Link, mpsc::UnboundedReceiver<Context>) {
    let (seen, contexts) = mpsc::unbounded_channel();
    let (pair, _) = handlers(Pair::new());
    let observe = move |request: Request| {
        seen.send(request.context().clone()).unwrap();
        ready(Ok::<_, String>(""))
    };
    let (client, link) = pair.register("observe", observe).unwrap().start();
    (client, link, contexts)
}

#[test]
fn a_handler_learns_that_the_server_shuts_down() {
    run(|| async {
        for ends_now in [false, true] {
            let (client, link, mut contexts) = observed();
            client.call("observe", "").await.unwrap();
            let context = contexts.recv().await.unwrap();
            assert!(!context.is_shutting_down());
            let hang = spawn_hang(&client);
            client.call("observe", "").await.unwrap();
            if ends_now {
                link.close();
            } else {
                link.shut_down();
            }
            context.shutting_down().await;
            assert!(context.is_shutting_down());
            assert!(!context.connection().is_closed(), "not yet");
            drop(client);
            hang.abort();
            context.connection().closed().await;
        }
    });
}

#[test]
fn a_handler_learns_that_its_connection_has_closed() {
    run(|| async {
        for side in [None, Some(Side::Client), Some(Side::Server)] {
            let (client, link, mut contexts) = observed();
            client.call("observe", "").await.unwrap();
            let connection = contexts.recv().await.unwrap().connection();
            assert!(!connection.is_closed());
            match side {
                None => drop(client),
                Some(side) => link.kill(side),
            }
            connection.closed().await;
            assert!(connection.is_closed());
        }
    });
}

#[test]
fn a_handler_may_be_an_async_closure_that_captures_state() {
    run(|| async {
        let total = Arc::new(AtomicUsize::new(0));
        let count = async move |request: Request| {
            let size = request.data().len();
            Ok::<_, String>((total.fetch_add(size, Ordering::Relaxed) + size).to_string())
        };
        let (client, _link) = Pair::new().register("count", count).unwrap().start();
        assert_eq!(client.call("count", "ab").await.unwrap(), "2");
        assert_eq!(client.call("count", "c").await.unwrap(), "3");
    });
}

/// Data that are too large to be copied behind the header of their request.
static DATA: [u8; 100_000] = [7; 100_000];

/// The owner of a request's data, which runs a closure when the data are dropped.
struct Owner<F: FnMut()>(F);

impl<F: FnMut()> AsRef<[u8]> for Owner<F> {
    fn as_ref(&self) -> &[u8] {
        &DATA
    }
}

impl<F: FnMut()> Drop for Owner<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn one_way_calls_end_though_the_destructors_of_their_data_panic() {
    run(|| async {
        let (client, link, _) = start(Pair::new());
        client.call("echo", "").await.unwrap();
        link.fill_queue(Side::Server);
        let calls = [(); 2].map(|()| {
            let client = client.clone();
            let data = Bytes::from_owner(Owner(|| panic!("as the test asked for")));
            tokio::spawn(async move { client.send("echo", data).await })
        });
        settles(|| client.stats().in_flight == 2).await;
        link.drain_queue(Side::Server);
        for call in calls {
            call.await.unwrap().unwrap();
        }
        assert_eq!(client.call("echo", "x").await.unwrap(), "x");
    });
}

#[test]
fn no_permit_is_lost_with_a_queued_call_that_a_destructor_drops() {
    type Calling = Pin<Box<dyn Future<Output = Result<Bytes, Error>> + Send>>;
    run(|| async {
        let limited = Client::builder().max_in_flight(1);
        let (client, link, _) = start(Pair::new().client(limited));
        client.call("echo", "").await.unwrap();
        link.fill_queue(Side::Server);
        let call = |data: Bytes| -> Calling {
            let client = client.clone();
            Box::pin(async move { client.call("echo", data).await })
        };
        let queued = Arc::new(Mutex::new(None));
        let dropped = Arc::clone(&queued);
        let mut first = call(Bytes::from_owner(Owner(move || {
            let dropped = mem::take(&mut *dropped.lock().unwrap());
            drop::<Option<Calling>>(dropped);
        })));
        let mut second = call(Bytes::new());
        let mut cx = TaskContext::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut cx).is_pending());
        assert!(second.as_mut().poll(&mut cx).is_pending());
        *queued.lock().unwrap() = Some(second);
        // The permit is for the queued call, which the destructor of the data drops.
        drop(first);
        assert!(queued.lock().unwrap().is_none());
        link.drain_queue(Side::Server);
        assert_eq!(client.stats().in_flight, 0);
        let options = CallOptions::new().no_wait();
        let called = client.call_with("echo", "x", options).await;
        assert_eq!(called.unwrap(), "x");
    });
}

#[test]
fn a_request_that_was_sent_in_part_waits_for_its_rest_even_with_no_wait() {
    run(|| async {
        let (client, link, _) = start(Pair::new());
        client.call("echo", "").await.unwrap();
        link.stop_reading(Side::Server);
        let options = CallOptions::new().no_wait();
        let time = Duration::from_secs(2);
        let begun = Instant::now();
        let short = options.clone().with_deadline(time);
        let late = client.send_with("echo", vec![7; 1 << 20], short).await;
        let late = late.unwrap_err();
        assert!(matches!(late, Error::DeadlineExceeded { .. }), "{late:?}");
        assert!(late.may_have_run());
        assert_eq!(begun.elapsed(), time);
        // Nothing of the next request is sent, so it fails at once.
        let refused = client.send_with("echo", "x", options).await.unwrap_err();
        assert!(matches!(refused, Error::Overloaded { .. }), "{refused:?}");
        assert_eq!(begun.elapsed(), time);
        link.resume_reading(Side::Server);
        assert_eq!(client.call("echo", "x").await.unwrap(), "x");
    });
}

#[tokio::test(start_paused = true)]
async fn oneway_calls_that_returned_run_although_their_caller_is_gone() {
    for leave in [Leave::Drop, Leave::Close, Leave::Die] {
        for calls in [1, 2, 5, 10] {
            let (told, mut runs) = mpsc::unbounded_channel();
            let note = move |_: Request| {
                ready(
                    told.send(())
                        .map(|()| "")
                        .map_err(|error| error.to_string()),
                )
            };
            let (client, link) = Pair::new().register("note", note).unwrap().start();
            // The server reads the calls only when the caller is gone.
            link.stop_reading(Side::Server);
            for _ in 0..calls {
                client.send("note", "").await.unwrap();
            }
            match leave {
                Leave::Drop => drop(client),
                Leave::Close => client.close().await,
                Leave::Die => link.kill(Side::Client),
            }
            // The clock is paused: it advances only when all tasks wait.
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert!(runs.is_empty());
            link.resume_reading(Side::Server);
            for _ in 0..calls {
                let ran = tokio::time::timeout(Duration::from_secs(1), runs.recv()).await;
                assert_eq!(ran, Ok(Some(())), "{leave:?} after {calls} calls");
            }
        }
    }
}

/// How a caller leaves.
#[derive(Clone, Copy, Debug)]
enum Leave {
    Drop,
    Close,
    Die,
}
