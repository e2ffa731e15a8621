//! The server that is put under stress.

use std::convert::Infallible;
use std::future;
use std::panic;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domainsockets::{Allow, Bytes, Request, Server, ServerBuilder, ServerHandle};
use tests::wire::pattern;
use tokio::runtime::Handle;

use super::{Orders, log};
use crate::child::READY;
use crate::clock;
use crate::print;
use crate::readings::Readings;
use crate::settings::Settings;

/// Serves until the order to exit.
///
/// `gauges` prints all gauges, `shutdown MS` the times at which the shutdown began and ended.
pub(super) async fn run(path: &Path, settings: &Settings, mut orders: Orders) {
    log::count();
    let server = with_handlers(limited(Server::builder(), settings).bind(path).unwrap());
    let server = server.start().unwrap();
    print(&format!("{READY}\n"));
    while let Some(order) = orders.recv().await {
        match order.split_once(' ') {
            Some(("shutdown", millis)) => {
                let begun = clock::now();
                server
                    .shutdown(Duration::from_millis(millis.parse().unwrap()))
                    .await
                    .unwrap();
                let readings = Readings::default()
                    .with("begun", begun as f64)
                    .with("ended", clock::now() as f64);
                print(&format!("{readings}\n"));
                return;
            }
            _ if order == "gauges" => print(&format!("{}\n", gauges(&server))),
            _ => {
                server.close().await.unwrap();
                return;
            }
        }
    }
}

/// Sets the limits that the settings change.
fn limited(mut builder: ServerBuilder, settings: &Settings) -> ServerBuilder {
    if let Some(limit) = settings.value("in-flight") {
        builder = builder.max_in_flight(limit);
    }
    if let Some(bytes) = settings.value("outbox") {
        builder = builder.max_queued_reply_bytes(bytes);
    }
    if let Some(limit) = settings.value("per-user") {
        builder = builder.max_connections_per_user(limit);
    }
    if let Some(bytes) = settings.value("memory-per-user") {
        builder = builder.max_memory_per_user(bytes);
    }
    if let Some(uid) = settings.value("allow") {
        builder = builder.allow(Allow::default().uid(uid));
    }
    if let Some(limit) = settings.value("setup-rate") {
        builder = builder.max_setups_per_second(limit);
    }
    builder
}

fn gauges(server: &ServerHandle) -> Readings {
    let stats = server.stats();
    Readings::default()
        .with("running", RUNNING.load(Ordering::Relaxed) as f64)
        .with("peak", PEAK.load(Ordering::Relaxed) as f64)
        .with(
            "tasks",
            Handle::current().metrics().num_alive_tasks() as f64,
        )
        .with("logged", log::lines() as f64)
        .with("connections", stats.connections as f64)
        .with("violations", stats.violations as f64)
        .with("overloads", stats.overloads as f64)
        .with("timeouts", stats.timeouts as f64)
        .with("refused", stats.refused_setups as f64)
}

fn with_handlers(server: Server) -> Server {
    server
        .register("echo", |request: Request| {
            future::ready(Ok::<_, Infallible>(request.into_data()))
        })
        .unwrap()
        .register("size", |request: Request| {
            future::ready(Ok::<_, Infallible>(pattern(decimal(&request))))
        })
        .unwrap()
        .register("sleep", |request: Request| async move {
            let _running = Running::begin();
            tokio::time::sleep(Duration::from_millis(decimal(&request) as u64)).await;
            Ok::<_, Infallible>(request.into_data())
        })
        .unwrap()
        .register("hang", |_| async {
            let _running = Running::begin();
            future::pending::<Result<Bytes, Infallible>>().await
        })
        .unwrap()
        .register("panic", |_| async { unwind() })
        .unwrap()
}

fn decimal(request: &Request) -> usize {
    str::from_utf8(request.data()).unwrap().parse().unwrap()
}

fn unwind() -> Result<Bytes, Infallible> {
    // Panics without a message on stderr.
    panic::resume_unwind(Box::new("as asked"))
}

/// Counts a running handler.
struct Running;

impl Running {
    fn begin() -> Self {
        let running = RUNNING.fetch_add(1, Ordering::Relaxed) + 1;
        PEAK.fetch_max(running, Ordering::Relaxed);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// The highest number of handlers at a time.
static PEAK: AtomicUsize = AtomicUsize::new(0);
