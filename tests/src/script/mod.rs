//! What may happen to a connection, chosen by bytes: calls of all kinds and sizes, cancelled calls,
//! peers that stop reading or die, and sends that fail. A script runs in virtual time over a simulated
//! socket, so that every run of it is the same.
//!
//! Each call must end by its deadline, with its own data or with an error that has a cause. When all
//! have ended, nothing may be left of them.

mod call;
mod input;
mod service;
mod settings;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domainsockets::test::{Fault, Link, Side};
use domainsockets::{Client, ClientStats};
use tokio::runtime::{Builder, Handle};
use tokio::task::{AbortHandle, JoinSet, yield_now};
use tokio::time::{Instant, sleep, timeout};

use call::{Call, Ended};
use input::Input;
use service::Log;
use settings::Settings;

/// The outcome of a script.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// Calls that were made, including the probe at the end, which checks that the connection still
    /// works.
    pub calls: usize,
    /// Calls before the probe that had a reply.
    pub replies: usize,
    /// Calls that were cancelled.
    pub given_up: usize,
    /// How often all tasks waited for the clock, or for the end.
    pub steps: u64,
    /// How long it took in virtual time.
    pub took: Duration,
}

impl Report {
    /// Adds the outcome of another script. Keeps the maximum of steps and time.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.replies += other.replies;
        self.given_up += other.given_up;
        self.steps = self.steps.max(other.steps);
        self.took = self.took.max(other.took);
    }
}

/// The most steps that a script may take.
pub const STEPS: u64 = 1000;

/// The most events in a script.
const EVENTS: usize = 100;

/// The most bytes that a script asks for, so that it ends soon.
const VOLUME: usize = 3 << 20;

/// Plays a script.
///
/// # Panics
///
/// Panics if a call does not end as it should, or something is left behind.
pub fn run(script: &[u8]) -> Report {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(Input::new(script)))
}

async fn play(mut input: Input<'_>) -> Report {
    let begun = Instant::now();
    let mut stage = Stage::new(&Settings::read(&mut input));
    for _ in 0..EVENTS {
        if input.is_empty() {
            break;
        }
        stage.event(&mut input).await;
    }
    stage.end_calls().await;
    stage.heal().await;
    let mut report = stage.close().await;
    report.took = begun.elapsed();
    report.steps = Handle::current().metrics().worker_park_count(0);
    assert!(report.steps <= STEPS, "{report:?}");
    report
}

/// A connection, and the calls on it.
struct Stage {
    client: Client,
    link: Link,
    log: Arc<Log>,
    /// Calls whose error says that they have not run.
    unrun: Vec<u32>,
    settings: Settings,
    calls: JoinSet<Ended>,
    handles: Vec<AbortHandle>,
    /// Calls that were begun and are no longer polled.
    left: Vec<Pin<Box<dyn Future<Output = Ended>>>>,
    /// Whether something has happened that may end the connection.
    trouble: bool,
    /// How long a call may take that only failed sends delay.
    patience: Duration,
    volume: usize,
    report: Report,
}

impl Stage {
    fn new(settings: &Settings) -> Self {
        let log = Arc::default();
        let (client, link) = service::register(settings.pair(), &log).start();
        Self {
            client,
            link,
            log,
            unrun: Vec::new(),
            settings: settings.clone(),
            calls: JoinSet::new(),
            handles: Vec::new(),
            left: Vec::new(),
            trouble: settings.are_trouble(),
            patience: PATIENCE,
            volume: 0,
            report: Report::default(),
        }
    }

    async fn event(&mut self, input: &mut Input<'_>) {
        let event = input.byte() % 32;
        match event {
            13..=15 => self.leave(input).await,
            16 => drop(self.left.pop()),
            17 | 18 => self.give_up(input),
            19..=21 => sleep(input.duration()).await,
            22 => yield_now().await,
            23 | 24 if self.settings.mood.stops => self.stop_or_read_on(input),
            25 | 26 if self.settings.mood.fills => self.fill_or_drain(input),
            27 | 28 if self.settings.mood.fails => self.fail_sends(input),
            29 if self.settings.mood.breaks => self.break_sends(input),
            30 if self.settings.mood.ends => self.end_server(input),
            31 if self.settings.mood.loses => self.lose(input),
            _ => self.call(input),
        }
    }

    fn call(&mut self, input: &mut Input<'_>) {
        let call = self.next_call(input);
        let client = self.client.clone();
        self.handles.push(self.calls.spawn(call.make(client)));
    }

    /// Begins a call and never polls it again.
    async fn leave(&mut self, input: &mut Input<'_>) {
        let polls = input.pick([1, 1, 1, 2, 3]);
        let call = self.next_call(input);
        let mut made: Pin<Box<dyn Future<Output = Ended>>> =
            Box::pin(call.make(self.client.clone()));
        for _ in 0..polls {
            let mut cx = Context::from_waker(Waker::noop());
            if let Poll::Ready(ended) = made.as_mut().poll(&mut cx) {
                self.judge(&ended);
                return;
            }
            yield_now().await;
        }
        self.left.push(made);
    }

    fn next_call(&mut self, input: &mut Input<'_>) -> Call {
        let left = VOLUME - self.volume;
        let call = Call::read(input, self.report.calls, left);
        self.volume += call.volume();
        self.report.calls += 1;
        call
    }

    fn give_up(&mut self, input: &mut Input<'_>) {
        let which = usize::from(input.byte());
        if !self.handles.is_empty() {
            self.handles.swap_remove(which % self.handles.len()).abort();
        }
    }

    fn stop_or_read_on(&mut self, input: &mut Input<'_>) {
        let side = input.side();
        if input.flag() {
            self.trouble = true;
            self.link.stop_reading(side);
        } else {
            self.link.resume_reading(side);
        }
    }

    fn fill_or_drain(&mut self, input: &mut Input<'_>) {
        let side = input.side();
        if input.flag() {
            self.trouble = true;
            self.link.fill_queue(side);
        } else {
            self.link.drain_queue(side);
        }
    }

    /// Makes sends fail temporarily.
    fn fail_sends(&mut self, input: &mut Input<'_>) {
        let side = input.side();
        let fault = input.pick([Fault::Full, Fault::NoMemory, Fault::Interrupted]);
        let sends = usize::from(input.byte() % 8) + 1;
        self.link.fail_next_sends(side, fault, sends);
        if fault == Fault::NoMemory {
            self.patience += LONGEST_PAUSE * u32::try_from(sends).unwrap();
        }
    }

    /// Makes sends fail in ways that may end the connection.
    fn break_sends(&mut self, input: &mut Input<'_>) {
        let side = input.side();
        let fault = input.pick([Fault::TooLong, Fault::Refused]);
        self.trouble = true;
        self.link.fail_next_sends(side, fault, 1);
    }

    fn end_server(&mut self, input: &mut Input<'_>) {
        self.trouble = true;
        if input.flag() {
            self.link.shut_down();
        } else {
            self.link.close();
        }
    }

    fn lose(&mut self, input: &mut Input<'_>) {
        self.trouble = true;
        self.link.kill(input.side());
    }

    /// Waits for the calls, except those that are no longer polled.
    async fn end_calls(&mut self) {
        while let Some(ended) = self.calls.join_next().await {
            match ended {
                Ok(ended) => self.judge(&ended),
                Err(error) if error.is_cancelled() => self.report.given_up += 1,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        self.report.given_up += self.left.len();
        self.left.clear();
        let ClientStats { in_flight, .. } = self.client.stats();
        assert_eq!(in_flight, 0, "calls in flight that have all ended");
    }

    fn judge(&mut self, ended: &Ended) {
        self.unrun.extend(ended.unrun());
        let patience = (!self.trouble && self.settings.are_generous()).then_some(self.patience);
        self.report.replies += usize::from(ended.judge(&self.settings, self.trouble, patience));
    }

    /// Removes all faults, and checks that a connection which has not ended carries calls.
    async fn heal(&mut self) {
        for side in [Side::Client, Side::Server] {
            self.link.resume_reading(side);
            self.link.drain_queue(side);
        }
        let call = Call::probe(self.report.calls);
        self.report.calls += 1;
        let ended = call.make(self.client.clone()).await;
        ended.judge(&self.settings, self.trouble, Some(self.patience));
    }

    /// Ends the connection by dropping the client, then its process, and checks that nothing is left.
    async fn close(self) -> Report {
        let Self {
            client,
            link,
            log,
            unrun,
            settings,
            trouble,
            report,
            ..
        } = self;
        drop(client);
        if settings.says_bye() && !trouble && 0 < report.replies {
            let ended = timeout(GOODBYE, until(|| link.server_stats().connections == 0));
            assert!(
                ended.await.is_ok(),
                "the goodbye did not end the connection"
            );
        }
        link.kill(Side::Client);
        let metrics = Handle::current().metrics();
        let is_over = || {
            let connections = link.server_stats().connections;
            connections == 0 && log.running() == 0 && metrics.num_alive_tasks() == 0
        };
        let ended = timeout(GOODBYE, until(is_over)).await;
        assert!(
            ended.is_ok(),
            "left: {} connections, {} handlers, {} tasks",
            link.server_stats().connections,
            log.running(),
            metrics.num_alive_tasks()
        );
        for call in 0..u32::try_from(report.calls).unwrap() {
            let runs = log.runs(call);
            assert!(
                runs <= usize::from(!unrun.contains(&call)),
                "{runs} of {call}"
            );
        }
        let violations = link.server_stats().violations;
        assert!(violations == 0 || settings.differ(), "of the protocol");
        report
    }
}

/// The longest time of a call that nothing delays.
const PATIENCE: Duration = Duration::from_millis(100);

/// The longest pause before a sender retries after the kernel had no memory.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// How long a goodbye may take: earlier messages may have to be retried after pauses.
const GOODBYE: Duration = Duration::from_secs(2);

/// Waits until a condition holds.
async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        for _ in 0..8 {
            yield_now().await;
        }
        if condition() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    // The last task may not have returned yet.
    poll_fn(|_| Poll::Ready(())).await;
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn empty_script_makes_only_the_probe() {
        let report = run(&[]);
        assert_eq!((report.calls, report.replies), (1, 0));
    }

    #[test]
    fn call_that_is_no_longer_polled_delays_no_other() {
        // A hanging call, a pause of a millisecond, a call that is polled once, and an echo.
        let settings = [0; 19];
        let calls = [
            0, 10, 0, 5, 0, 22, 19, 0, 1, 15, 0, 0, 0, 5, 0, 0, 0, 0, 5, 0,
        ];
        let report = run(&[&settings[..], &calls].concat());
        // The echo, and the probe at the end.
        assert_eq!((report.calls, report.replies, report.given_up), (4, 1, 1));
    }

    #[test]
    fn every_run_of_a_script_is_the_same() {
        let script: Vec<u8> = (0..200_u8).map(|n| n.wrapping_mul(83)).collect();
        let reports = [run(&script), run(&script)].map(|report| format!("{report:?}"));
        assert_eq!(reports[0], reports[1]);
    }
}
