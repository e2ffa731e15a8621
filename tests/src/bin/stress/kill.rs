//! Processes that are killed: the server of ten thousand calls, and one of many clients.

use std::time::{Duration, Instant};

use tests::scratch::Scratch;

use crate::child::{Child, until};
use crate::compare::{Compared, WINDOWS};
use crate::process::{descriptors, resident};
use crate::readings::Readings;
use crate::report::Report;
use crate::statistics::{largest, median};

/// Kills the server while 100 connections have 100 calls each in flight.
pub(crate) fn server(report: &mut Report) {
    let rounds = report.pick(20, 3);
    let scratch = Scratch::new();
    let mut calls = Child::calls(&scratch, &[]);
    let mut ends = Vec::new();
    let mut resident_after = Vec::new();
    let begun = Instant::now();
    for _ in 0..rounds {
        ends.push(kill_server(&scratch, &mut calls, 100, 100));
        resident_after.push(resident(calls.id()));
        if begun.elapsed() > ENOUGH {
            break;
        }
    }
    let sum = |key| {
        ends.iter()
            .map(|readings: &Readings| readings.times(key))
            .sum::<f64>()
    };
    let medians: Vec<f64> = ends.iter().map(|readings| readings.number("p50")).collect();
    let maxima: Vec<f64> = ends.iter().map(|readings| readings.number("max")).collect();
    let calls = 10_000.0 * ends.len() as f64;
    report.exactly(
        "calls that end as Disconnected",
        "%",
        100.0,
        sum("Disconnected") / calls * 100.0,
    );
    report.exactly("calls that hang", "", 0.0, sum("pending"));
    report.exactly("rounds", "", f64::from(rounds), ends.len() as f64);
    report.most(
        "end after the kill: median",
        "ms",
        report.pick(50.0, 200.0),
        median(&medians),
    );
    report.most(
        "end after the kill: last",
        "ms",
        report.pick(250.0, 1000.0),
        largest(&maxima),
    );
    // The first rounds show how much memory it needs.
    let (first, rest) = resident_after.split_at(report.pick(5, 2).min(resident_after.len()));
    let grown = rest.last().map_or(f64::NAN, |last| last - largest(first));
    report.most(
        "memory of the client, after the first rounds",
        "KiB",
        report.pick(1024.0, 4096.0),
        grown,
    );
}

/// Runs the same where the kernel has no pidfd, so a keep-alive notices the death.
pub(crate) fn server_without_pidfd(report: &mut Report) {
    const WRAPPER: [&str; 9] = [
        "strace",
        "-D",
        "-f",
        "-qq",
        "-o/dev/null",
        "-e",
        "trace=pidfd_open",
        "-e",
        "inject=pidfd_open:error=ENOSYS",
    ];
    let scratch = Scratch::new();
    let settings = [&format!("keepalive={KEEPALIVE}")[..]];
    let mut calls = Child::start_under(&WRAPPER, &scratch, "calls", &settings).ready();
    let readings = kill_server(&scratch, &mut calls, 100, 100);
    report.exactly(
        "calls that end as Disconnected",
        "%",
        100.0,
        readings.times("Disconnected") / 100.0,
    );
    let bound = f64::from(KEEPALIVE) + 1000.0;
    report.most(
        "end after the kill, keepalive 2 s: last",
        "ms",
        bound,
        readings.number("max"),
    );
}

/// Kills one of fifty clients repeatedly.
pub(crate) fn client(report: &mut Report) {
    let rounds = report.pick(29, 3);
    let windows = report.pick(WINDOWS, 2);
    let scratch = Scratch::new();
    let mut server = Child::serve(&scratch, &["per-user=1000"]);
    let mut load = Child::load(&scratch, &["connections=49"]);
    let mut compared = Compared::default();
    let mut freed = Vec::new();
    for _ in 0..windows {
        load.tell("begin");
        for _ in 0..rounds {
            end_client(&scratch, &mut server, false);
        }
        compared.control.push(load.ask("end"));
        load.tell("begin");
        for _ in 0..rounds {
            freed.push(end_client(&scratch, &mut server, true));
        }
        compared.attack.push(load.ask("end"));
    }
    report.exactly(
        "kills",
        "",
        f64::from(rounds) * windows as f64,
        freed.len() as f64,
    );
    report.most(
        "descriptors back after the kill: last",
        "ms",
        report.pick(250.0, 500.0),
        largest(&freed),
    );
    report.exactly("errors of the others", "", 0.0, compared.sum("bad"));
    report.most(
        "p99 of the others, beside clean ends",
        "% more",
        report.pick(20.0, 100.0),
        compared.more("p99"),
    );
    report.seen(
        "p99 of the others: spread without kills",
        "%",
        compared.unrest("p99"),
    );
}

/// Starts a server and calls, kills it while they are in flight, and returns how they ended.
fn kill_server(scratch: &Scratch, calls: &mut Child, connections: u32, each: u32) -> Readings {
    let mut server = Child::serve(scratch, &["per-user=1000"]);
    let dialed = calls.ask(&format!("dial {connections}"));
    assert_eq!(dialed.times("dialed") as u32, connections, "{dialed}");
    calls.ask(&format!("start hang x {each} 60000"));
    let all = f64::from(connections * each);
    let (running, _) = until(Duration::from_secs(10), || {
        server.ask("gauges").number("running") >= all
    });
    assert!(running, "the calls do not arrive");
    let at = server.kill();
    let readings = calls.ask(&format!("ends {at} 15000"));
    calls.ask("drop");
    readings
}

/// Starts a client that calls, ends it, and returns after how many milliseconds the server has closed
/// its descriptors.
fn end_client(scratch: &Scratch, server: &mut Child, kill: bool) -> f64 {
    let before = descriptors(server.id());
    let mut client = Child::calls(scratch, &["workers=1"]);
    client.ask("dial 1");
    client.ask("start hang x 16 60000");
    client.ask("echo 1 5000");
    if kill {
        client.kill();
    } else {
        client.ask("ends 0 0");
        client.ask("drop");
    }
    until(Duration::from_millis(600), || {
        descriptors(server.id()) <= before
    })
    .1
}

/// In milliseconds.
const KEEPALIVE: u16 = 2000;

/// After how long no more rounds begin.
const ENOUGH: Duration = Duration::from_secs(100);
