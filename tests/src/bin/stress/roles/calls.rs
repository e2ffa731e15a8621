//! Holds as many connections and calls in flight as the scenario says, for as long as it says.

use std::path::Path;
use std::time::Duration;

use domainsockets::{Bytes, Client, Error};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::Orders;
use crate::child::READY;
use crate::clock;
use crate::print;
use crate::readings::Readings;
use crate::settings::Settings;
use crate::statistics::{largest, quantile};

/// Follows the orders:
///
/// * `dial N` makes N connections,
/// * `start HANDLER DATA N MS` begins N calls on each connection, with a deadline of MS,
/// * `ends SINCE MS` waits at most MS for their ends, and prints how long after `SINCE`, or after their
///   beginnings if that is 0, they ended,
/// * `echo N MS` makes N calls on each connection at once, and prints their outcomes,
/// * `drop` closes all connections.
pub(super) async fn run(path: &Path, settings: &Settings, mut orders: Orders) {
    let mut clients = Vec::new();
    let mut calls = JoinSet::new();
    print(&format!("{READY}\n"));
    while let Some(order) = orders.recv().await {
        let words: Vec<&str> = order.split(' ').collect();
        let readings = match words.as_slice() {
            ["dial", times] => dial(path, settings, times.parse().unwrap(), &mut clients).await,
            ["start", handler, data, times, millis] => {
                let deadline = Duration::from_millis(millis.parse().unwrap());
                for client in &clients {
                    let client = client.with_deadline(deadline);
                    for _ in 0..times.parse().unwrap() {
                        let data = Bytes::from((*data).to_owned());
                        calls.spawn(call(client.clone(), (*handler).to_owned(), data));
                    }
                }
                Readings::default().with("started", calls.len() as f64)
            }
            ["ends", since, millis] => {
                let limit = Duration::from_millis(millis.parse().unwrap());
                ends(&mut calls, since.parse().unwrap(), limit).await
            }
            ["echo", times, millis] => {
                let limit = Duration::from_millis(millis.parse().unwrap());
                let mut echoes = JoinSet::new();
                for (number, client) in clients.iter().enumerate() {
                    let client = client.with_deadline(limit);
                    for _ in 0..times.parse().unwrap() {
                        let data = format!("call {} of connection {number}", echoes.len());
                        echoes.spawn(call(client.clone(), "echo".to_owned(), data.into()));
                    }
                }
                ends(&mut echoes, 0, limit + Duration::from_secs(5)).await
            }
            ["drop"] => {
                clients.clear();
                Readings::default().with("dropped", 1.0)
            }
            _ => return,
        };
        print(&format!("{readings}\n"));
    }
}

/// Connects, sixteen at a time.
async fn dial(
    path: &Path,
    settings: &Settings,
    times: usize,
    clients: &mut Vec<Client>,
) -> Readings {
    let mut builder = Client::builder()
        .max_in_flight(settings.or("in-flight", 1000))
        .dial_timeout(Duration::from_millis(settings.or("dial-timeout", 5000)));
    if let Some(millis) = settings.value("keepalive") {
        builder = builder.keep_alive_interval(Duration::from_millis(millis));
    }
    let begun = clock::now();
    let mut readings = Readings::default();
    let mut dials = JoinSet::new();
    for _ in 0..times {
        let (builder, path) = (builder.clone(), path.to_owned());
        dials.spawn(async move { builder.dial(path).await });
        if dials.len() == 16 {
            let dialed = dials.join_next().await;
            keep(dialed.unwrap().unwrap(), clients, &mut readings);
        }
    }
    for dialed in dials.join_all().await {
        keep(dialed, clients, &mut readings);
    }
    readings
        .with("connections", clients.len() as f64)
        .with("ms", clock::millis(begun, clock::now()))
}

fn keep(dialed: Result<Client, Error>, clients: &mut Vec<Client>, readings: &mut Readings) {
    match dialed {
        Ok(client) => {
            clients.push(client);
            readings.count("dialed");
        }
        Err(error) => {
            readings.count("refused");
            readings.count(error.name());
        }
    }
}

/// How a call ended.
struct End {
    begun: u64,
    ended: u64,
    outcome: &'static str,
}

async fn call(client: Client, handler: String, data: Bytes) -> End {
    let begun = clock::now();
    let result = client.call(&handler, data.clone()).await;
    let ended = clock::now();
    let outcome = match result {
        Ok(reply) if reply == data => "ok",
        Ok(_) => "wrong",
        Err(error) => error.name(),
    };
    End {
        begun,
        ended,
        outcome,
    }
}

async fn ends(calls: &mut JoinSet<End>, since: u64, limit: Duration) -> Readings {
    let until = Instant::now() + limit;
    let mut millis = Vec::new();
    let mut readings = Readings::default();
    let mut last = 0;
    while let Ok(Some(end)) = timeout_at(until, calls.join_next()).await {
        let end = end.unwrap();
        let from = if since == 0 { end.begun } else { since };
        millis.push(clock::millis(from, end.ended));
        last = last.max(end.ended);
        readings.count(end.outcome);
    }
    let pending = calls.len();
    calls.shutdown().await;
    readings
        .with("ended", millis.len() as f64)
        .with("pending", pending as f64)
        .with("last", last as f64)
        .with("min", millis.iter().copied().fold(f64::NAN, f64::min))
        .with("p50", quantile(&millis, 0.5))
        .with("p99", quantile(&millis, 0.99))
        .with("max", largest(&millis))
}
