//! Methods that block their thread.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use domainsockets::{
    CallError, CallOptions, Canceller, Carrier, Client, Context, Error, Local, Server,
    ServerBuilder, ServerHandle, service,
};
use tests::scratch::Scratch;
use tests::watchdog;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

#[service]
trait Disk {
    /// Blocks its thread until [`release`](Self::release) is called.
    #[rpc(blocking)]
    fn read(&self, ctx: &Context, block: &str) -> String;
    #[rpc(blocking)]
    fn fail(&self, reason: &str) -> Result<u8, String>;
    #[rpc(blocking)]
    fn explode(&self) -> u8;
    #[rpc(blocking, raw)]
    fn copy(&self, data: &[u8]) -> Vec<u8>;
    fn release(&self);
    /// Blocks its thread until the call is cancelled.
    #[rpc(blocking)]
    fn watch(&self, ctx: &Context);
    /// Waits until the call is cancelled.
    #[rpc(no_cancel)]
    async fn attend(&self, ctx: &Context);
}

struct Platters {
    /// Reports which method has begun, and which has ended.
    events: mpsc::UnboundedSender<String>,
    released: Mutex<Receiver<()>>,
    release: SyncSender<()>,
}

impl Disk for Platters {
    fn read(&self, ctx: &Context, block: &str) -> String {
        self.events.send(format!("begun {block}")).unwrap();
        self.released.lock().unwrap().recv().unwrap();
        self.events.send(format!("ended {block}")).unwrap();
        format!("{} {block}", ctx.handler())
    }
    fn fail(&self, reason: &str) -> Result<u8, String> {
        Err(reason.to_owned())
    }
    fn explode(&self) -> u8 {
        panic!("as the test asked for")
    }
    fn copy(&self, data: &[u8]) -> Vec<u8> {
        data.to_vec()
    }
    fn release(&self) {
        self.release.send(()).unwrap();
    }
    fn watch(&self, ctx: &Context) {
        self.events.send("begun watch".to_owned()).unwrap();
        Handle::current().block_on(ctx.cancelled());
        assert!(ctx.is_cancelled());
        self.events.send("cancelled watch".to_owned()).unwrap();
    }
    async fn attend(&self, ctx: &Context) {
        self.events.send("begun attend".to_owned()).unwrap();
        ctx.cancelled().await;
        self.events.send("cancelled attend".to_owned()).unwrap();
    }
}

async fn serve(
    scratch: &Scratch,
    set: impl FnOnce(ServerBuilder) -> ServerBuilder,
) -> (
    ServerHandle,
    DiskClient,
    mpsc::UnboundedReceiver<String>,
    Arc<Platters>,
) {
    let (events, told) = mpsc::unbounded_channel();
    let (release, released) = sync_channel(1);
    let released = Mutex::new(released);
    let platters = Arc::new(Platters {
        events,
        released,
        release,
    });
    let server = set(Server::builder()).bind(scratch.path("disk")).unwrap();
    let server = server
        .add_service(DiskServer::from_arc(Arc::clone(&platters)))
        .unwrap();
    let server = server.start().unwrap();
    let client = Client::dial(server.path()).await.unwrap();
    (server, DiskClient::new(client), told, platters)
}

#[test]
fn blocking_methods_delay_no_other_call() {
    // A method that ran on the only worker would block it.
    watchdog::blocking(|| {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        runtime.block_on(async {
            let scratch = Scratch::new();
            let (server, disk, mut told, _) = serve(&scratch, |server| server).await;
            let release = async {
                assert_eq!(told.recv().await.unwrap(), "begun a");
                disk.release().await.unwrap();
            };
            let (read, ()) = tokio::join!(disk.read("a"), release);
            assert_eq!(read.unwrap(), "Disk.read a");
            match disk.fail("no").await {
                Err(CallError::Method(reason)) => assert_eq!(reason, "no"),
                other => panic!("not the method's error: {other:?}"),
            }
            match disk.explode().await {
                Err(Error::Panicked { handler }) => assert_eq!(handler, "Disk.explode"),
                other => panic!("the panic is not reported: {other:?}"),
            }
            assert_eq!(disk.copy(b"\0x").await.unwrap(), b"\0x");
            drop(disk);
            server.close().await.unwrap();
            scratch.leak_check();
        });
    });
}

/// Drops a call once it blocks its thread.
async fn give_up(disk: &DiskClient, told: &mut mpsc::UnboundedReceiver<String>) {
    let read = disk.read("a");
    tokio::select! {
        read = read => panic!("it was not released: {read:?}"),
        begun = told.recv() => assert_eq!(begun.unwrap(), "begun a"),
    }
}

/// Cancels a call of each method that learns of its cancellation.
async fn cancel_each<C: Carrier + Clone>(
    disk: &DiskClient<C>,
    told: &mut mpsc::UnboundedReceiver<String>,
) {
    for method in ["watch", "attend"] {
        let canceller = Canceller::new();
        let disk = disk.with(CallOptions::new().cancelled_by(&canceller));
        let call = async {
            if method == "watch" {
                disk.watch().await
            } else {
                disk.attend().await
            }
        };
        let cancel = async {
            assert_eq!(told.recv().await.unwrap(), format!("begun {method}"));
            canceller.cancel();
            assert_eq!(told.recv().await.unwrap(), format!("cancelled {method}"));
        };
        let (called, ()) = tokio::join!(call, cancel);
        assert!(matches!(called, Err(Error::Cancelled)), "{called:?}");
    }
}

#[test]
fn methods_that_finish_learn_that_their_call_is_cancelled() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (server, disk, mut told, platters) = serve(&scratch, |server| server).await;
        cancel_each(&disk, &mut told).await;
        let (ended, mut watching) = tokio::join!(
            async {
                let watched = disk.watch().await;
                assert!(matches!(watched, Err(Error::Disconnected { .. })));
            },
            async {
                assert_eq!(told.recv().await.unwrap(), "begun watch");
                disk.carrier().clone().close().await;
                told
            }
        );
        let () = ended;
        assert_eq!(watching.recv().await.unwrap(), "cancelled watch");
        server.close().await.unwrap();
        let local = DiskClient::new(Local::new(DiskServer::from_arc(platters)).unwrap());
        cancel_each(&local, &mut watching).await;
        scratch.leak_check();
    });
}

#[test]
fn methods_that_run_as_a_task_need_a_runtime() {
    let (events, _told) = mpsc::unbounded_channel();
    let (release, released) = sync_channel(1);
    let released = Mutex::new(released);
    let platters = Platters {
        events,
        released,
        release,
    };
    let disk = DiskBlockingClient::local(platters).unwrap();
    for refused in [disk.watch(), disk.attend()] {
        assert!(
            matches!(&refused, Err(Error::Unsupported { what })
                if what == "a method with a task of its own outside of a tokio runtime"),
            "{refused:?}"
        );
    }
    disk.release().unwrap();
}

#[test]
fn cancelled_blocking_method_keeps_running() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (server, disk, mut told, _) = serve(&scratch, |server| server).await;
        give_up(&disk, &mut told).await;
        // The server has read the cancellation once it answers a later call.
        disk.copy(b"").await.unwrap();
        disk.release().await.unwrap();
        assert_eq!(told.recv().await.unwrap(), "ended a");
        // No other call gets its reply.
        assert_eq!(disk.copy(b"b").await.unwrap(), b"b");
        assert_eq!(disk.carrier().stats().stray_replies, 0);
        drop(disk);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

/// Cancelling does not let a caller use more threads than its limit.
#[test]
fn cancelled_blocking_method_counts_against_the_limit() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (server, disk, mut told, platters) =
            serve(&scratch, |server| server.max_in_flight_per_user(1)).await;
        give_up(&disk, &mut told).await;
        // These calls would leave a method that can be stopped enough time to stop.
        for _ in 0..100 {
            match disk.release().await {
                Err(Error::Overloaded { .. }) => {}
                other => panic!("a second beside the one that blocks: {other:?}"),
            }
        }
        // No call can be made now, so the test releases it directly.
        platters.release();
        assert_eq!(told.recv().await.unwrap(), "ended a");
        // A permit is free once the server has noticed the end. The test's watchdog limits the wait.
        while disk.copy(b"b").await.is_err() {
            tokio::task::yield_now().await;
        }
        drop(disk);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn blocking_methods_run_on_their_own_threads() {
    #[service]
    trait Threads {
        fn worker(&self) -> String;
        #[rpc(blocking)]
        fn blocking(&self) -> String;
    }
    struct Here;
    impl Threads for Here {
        fn worker(&self) -> String {
            format!("{:?}", thread::current().id())
        }
        fn blocking(&self) -> String {
            self.worker()
        }
    }
    watchdog::blocking(|| {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        runtime.block_on(async {
            let scratch = Scratch::new();
            let server = Server::bind(scratch.path("threads")).unwrap();
            let server = server.add_service(ThreadsServer::new(Here)).unwrap();
            let server = server.start().unwrap();
            let threads = ThreadsClient::dial(server.path()).await.unwrap();
            let worker = threads.worker().await.unwrap();
            assert_eq!(worker, threads.worker().await.unwrap());
            assert_ne!(worker, threads.blocking().await.unwrap());
            drop(threads);
            server.close().await.unwrap();
            scratch.leak_check();
        });
    });
}
