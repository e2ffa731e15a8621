//! Callers that make one call after the other, in windows that the scenario opens and closes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domainsockets::{Client, ClientBuilder};
use tokio::sync::watch;
use tokio::time::sleep;

use super::Orders;
use super::work::{Dice, Outcome, PAUSE, Work};
use crate::child::READY;
use crate::histogram::Histogram;
use crate::print;
use crate::readings::Readings;
use crate::settings::Settings;

/// Makes calls from `begin` to `end`, or N calls after `count N`, and prints what it measured.
pub(super) async fn run(path: &Path, settings: &Settings, mut orders: Orders) {
    let work = Work::parse(path, settings);
    let connections = settings.or("connections", 1);
    let (running, _) = watch::channel(false);
    let meter = Arc::new(Meter {
        running,
        left: AtomicI64::new(i64::MAX),
        busy: AtomicUsize::new(0),
        tallies: Mutex::default(),
    });
    let mut builder = Client::builder().max_in_flight(settings.or("in-flight", 1000));
    if let Some(millis) = settings.value("deadline") {
        builder = builder.deadline(Duration::from_millis(millis));
    }
    let every = settings.value("every").map(Duration::from_millis);
    for connection in 0..connections {
        let client = if work.takes_connection() {
            Some(dial(&builder, path).await)
        } else {
            None
        };
        for caller in 0..settings.or("callers", 1) {
            let caller = Caller {
                work: work.clone(),
                client: client.clone(),
                builder: builder.clone(),
                path: path.to_owned(),
                dice: Dice::new(1 + connection * 1000 + caller),
                every,
                tally: Arc::default(),
            };
            let mut tallies = meter.tallies.lock().unwrap();
            tallies.push(Arc::clone(&caller.tally));
            drop(tallies);
            tokio::spawn(caller.run(Arc::clone(&meter)));
        }
    }
    print(&format!("{READY}\n"));
    let mut begun = Instant::now();
    while let Some(order) = orders.recv().await {
        match order.split_once(' ') {
            Some(("count", times)) => {
                begun = Instant::now();
                meter.begin(times.parse().unwrap());
                meter.run_out().await;
                let elapsed = begun.elapsed();
                print(&format!("{}\n", meter.end(elapsed).await));
            }
            _ if order == "begin" => {
                begun = Instant::now();
                meter.begin(i64::MAX);
            }
            _ if order == "end" => {
                let elapsed = begun.elapsed();
                print(&format!("{}\n", meter.end(elapsed).await));
            }
            _ => return,
        }
    }
}

/// Connects, and tries again if a fault makes that fail.
async fn dial(builder: &ClientBuilder, path: &Path) -> Client {
    let mut tried = 0;
    loop {
        tried += 1;
        match builder.clone().dial(path).await {
            Ok(client) => return client,
            Err(error) => assert!(tried < 20, "no connection: {error}"),
        }
    }
}

/// The state that all callers share.
struct Meter {
    running: watch::Sender<bool>,
    /// How many calls are still to begin.
    left: AtomicI64,
    /// How many callers are calling.
    busy: AtomicUsize,
    tallies: Mutex<Vec<Arc<Mutex<Tally>>>>,
}

/// The counts of one caller.
struct Tally {
    durations: Histogram,
    outcomes: BTreeMap<&'static str, u64>,
    bad: u64,
}

/// A task that calls.
struct Caller {
    work: Work,
    client: Option<Client>,
    builder: ClientBuilder,
    path: PathBuf,
    dice: Dice,
    /// The pause between two calls, if there is one.
    every: Option<Duration>,
    tally: Arc<Mutex<Tally>>,
}

impl Meter {
    fn begin(&self, calls: i64) {
        for tally in self.tallies.lock().unwrap().iter() {
            *tally.lock().unwrap() = Tally::default();
        }
        self.left.store(calls, Ordering::Relaxed);
        self.running.send_replace(true);
    }

    async fn run_out(&self) {
        while self.left.load(Ordering::Relaxed) > 0 || self.busy.load(Ordering::Relaxed) > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }

    async fn end(&self, elapsed: Duration) -> Readings {
        self.running.send_replace(false);
        // Each call ends in bounded time.
        while self.busy.load(Ordering::Relaxed) > 0 {
            sleep(Duration::from_millis(1)).await;
        }
        let mut all = Tally::default();
        for tally in self.tallies.lock().unwrap().iter() {
            all.merge(&tally.lock().unwrap());
        }
        let seconds = elapsed.as_secs_f64();
        let mut readings = Readings::default()
            .with("calls", all.durations.count() as f64)
            .with("bad", all.bad as f64)
            .with("rate", all.durations.count() as f64 / seconds)
            .with("seconds", seconds)
            .with("p50", all.durations.quantile(0.5) / 1e3)
            .with("p99", all.durations.quantile(0.99) / 1e3)
            .with("max", all.durations.largest() as f64 / 1e3);
        for (outcome, times) in all.outcomes {
            readings = readings.with(outcome, times as f64);
        }
        readings
    }
}

impl Caller {
    async fn run(mut self, meter: Arc<Meter>) {
        let mut running = meter.running.subscribe();
        loop {
            // The meter lives as long as its callers.
            let _ = running.wait_for(|running| *running).await;
            meter.busy.fetch_add(1, Ordering::Relaxed);
            while *running.borrow() && meter.left.fetch_sub(1, Ordering::Relaxed) > 0 {
                self.once().await;
                if let Some(pause) = self.every {
                    sleep(pause).await;
                }
            }
            meter.busy.fetch_sub(1, Ordering::Relaxed);
            if *running.borrow() {
                // All calls have begun.
                let _ = running.wait_for(|running| !*running).await;
            }
        }
    }

    async fn once(&mut self) {
        let begun = Instant::now();
        let outcome = match &self.client {
            Some(client) => self.work.call(client, &mut self.dice).await,
            None => self.work.dial().await,
        };
        let duration = begun.elapsed();
        self.tally.lock().unwrap().add(duration, outcome);
        let Outcome::Bad(cause) = outcome else {
            return;
        };
        sleep(PAUSE).await;
        if cause == "Disconnected"
            && let Ok(client) = self.builder.clone().dial(&self.path).await
        {
            self.client = Some(client);
        }
    }
}

impl Tally {
    fn add(&mut self, duration: Duration, outcome: Outcome) {
        self.durations.add(duration.as_nanos() as u64);
        match outcome {
            Outcome::Good => {}
            Outcome::Expected(what) => *self.outcomes.entry(what).or_default() += 1,
            Outcome::Bad(cause) => {
                *self.outcomes.entry(cause).or_default() += 1;
                self.bad += 1;
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.durations.merge(&other.durations);
        for (outcome, times) in &other.outcomes {
            *self.outcomes.entry(outcome).or_default() += times;
        }
        self.bad += other.bad;
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            durations: Histogram::new(),
            outcomes: BTreeMap::new(),
            bad: 0,
        }
    }
}
