//! Finding out the types of values does not run a program's code: conversions and drops run for calls
//! only.

use std::panic;
use std::sync::atomic::{AtomicU32, Ordering};

use domainsockets::{Client, Server, service};
use serde::{Deserialize, Serialize};
use tests::handshake::StartServer;
use tests::scratch::Scratch;
use tests::subprocess::in_subprocess;
use tests::watchdog;

/// The number of panics that were reported.
static PANICS: AtomicU32 = AtomicU32::new(0);

/// The number of conversions that ran.
static CONVERSIONS: AtomicU32 = AtomicU32::new(0);

/// The number of values with these numbers that were dropped.
static DROPS: AtomicU32 = AtomicU32::new(0);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
struct Percent(u32);

impl From<u32> for Percent {
    fn from(number: u32) -> Self {
        assert!((1..=100).contains(&number), "no percentage: {number}");
        CONVERSIONS.fetch_add(1, Ordering::Relaxed);
        Self(number)
    }
}

impl From<Percent> for u32 {
    fn from(Percent(number): Percent) -> Self {
        number
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Job {
    pid: i32,
}

impl Drop for Job {
    fn drop(&mut self) {
        assert_eq!(self.pid, 77, "this pid is not the one that was sent");
        DROPS.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Serialize, Deserialize)]
enum Order {
    End(Job),
    EndAfter(Job, Percent),
    Dim { job: Option<Job>, percent: Percent },
}

#[service]
trait Lamp {
    async fn dim(&self, percent: Percent) -> Percent;
    async fn end(&self, job: Job);
    async fn end_after(&self, job: Job, percent: Percent);
    async fn orders(&self, orders: Vec<Order>) -> usize;
}

struct Own;

impl Lamp for Own {
    async fn dim(&self, percent: Percent) -> Percent {
        percent
    }

    async fn end(&self, job: Job) {
        drop(job);
    }

    async fn end_after(&self, job: Job, _: Percent) {
        drop(job);
    }

    async fn orders(&self, orders: Vec<Order>) -> usize {
        orders.len()
    }
}

/// Over a socket, both sides find out the types before the first call.
#[test]
fn conversions_and_drops_run_for_values_that_were_sent_and_no_others() {
    let name = "conversions_and_drops_run_for_values_that_were_sent_and_no_others";
    in_subprocess(module_path!(), name, || {
        panic::set_hook(Box::new(|_| {
            PANICS.fetch_add(1, Ordering::Relaxed);
        }));
        watchdog::run(|| async {
            let scratch = Scratch::new();
            let server = Server::bind(scratch.path("lamp")).unwrap();
            let server = server.add_service(LampServer::new(Own)).unwrap();
            let server = server.started().unwrap();
            let lamp = LampClient::new(Client::dial(server.path()).await.unwrap());
            assert_eq!(lamp.dim(Percent(50)).await.unwrap(), Percent(50));
            // Once at the server, once at the client.
            assert_eq!(CONVERSIONS.swap(0, Ordering::Relaxed), 2);
            lamp.end(Job { pid: 77 }).await.unwrap();
            assert_eq!(DROPS.swap(0, Ordering::Relaxed), 2);
            lamp.end_after(Job { pid: 77 }, Percent(1)).await.unwrap();
            assert_eq!(DROPS.swap(0, Ordering::Relaxed), 2);
            assert_eq!(CONVERSIONS.swap(0, Ordering::Relaxed), 1);
            let signatures = LampClient::signatures();
            assert!(
                signatures.iter().all(|method| method.hash().is_some()
                    || method.to_string().starts_with("fn orders(")),
                "{signatures:?}"
            );
            let orders = vec![
                Order::End(Job { pid: 77 }),
                Order::EndAfter(Job { pid: 77 }, Percent(1)),
                Order::Dim {
                    job: Some(Job { pid: 77 }),
                    percent: Percent(2),
                },
            ];
            assert_eq!(lamp.orders(orders).await.unwrap(), 3);
            assert_eq!(DROPS.load(Ordering::Relaxed), 6);
            assert_eq!(CONVERSIONS.load(Ordering::Relaxed), 2);
            assert_eq!(
                PANICS.load(Ordering::Relaxed),
                0,
                "panics are not even caught"
            );
            drop(lamp);
            server.close().await.unwrap();
            scratch.leak_check();
        });
    });
}
