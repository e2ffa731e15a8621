//! Thousands of connections without calls.

use std::thread;
use std::time::Duration;

use tests::scratch::Scratch;

use crate::child::Child;
use crate::note;
use crate::process::{cpu, resident};
use crate::report::Report;

/// Holds 9500 connections from two processes.
pub(crate) fn run(report: &mut Report) {
    const EACH: f64 = 4750.0;
    let scratch = Scratch::new();
    let server = Child::serve(&scratch, &["per-user=9500", "setup-rate=1000000"]);
    let before = resident(server.id());
    let mut clients = [(); 2].map(|()| Child::calls(&scratch, &["keepalive=10000"]));
    for client in &mut clients {
        client.tell(&format!("dial {EACH}"));
    }
    let limit = Duration::from_secs(120);
    let readings = clients.each_ref().map(|client| client.readings(limit));
    let dialed: f64 = readings
        .iter()
        .map(|readings| readings.times("dialed"))
        .sum();
    report.exactly("connections", "", 2.0 * EACH, dialed);
    let slower = readings
        .iter()
        .map(|readings| readings.number("ms"))
        .fold(0.0, f64::max);
    report.seen("connections made a second", "", dialed / slower * 1e3);
    thread::sleep(Duration::from_secs(1));
    let memory = resident(server.id());
    report.most(
        "memory of the server for each",
        "KiB",
        16.0,
        (memory - before) / dialed,
    );
    report.most("memory of the server", "KiB", 160.0 * 1024.0, memory);

    let mut next = Child::calls(&scratch, &[]);
    report.exactly(
        "the next connection is refused as Overloaded",
        "",
        1.0,
        next.ask("dial 1").times("Overloaded"),
    );
    // Two keep-alives of each connection.
    let window = Duration::from_secs(20);
    let cpu_before = cpu(server.id());
    thread::sleep(window);
    let busy = (cpu(server.id()) - cpu_before) / window.as_secs_f64();
    report.most(
        "CPU of the server, keepalives every 10 s",
        "%",
        2.0,
        busy * 100.0,
    );

    for client in &mut clients {
        client.tell("echo 1 10000");
    }
    let readings = clients.each_ref().map(|client| client.readings(limit));
    for readings in &readings {
        note(&format!("a call on each: {readings}"));
    }
    let ok: f64 = readings.iter().map(|readings| readings.times("ok")).sum();
    report.exactly("a call on each is answered", "", 2.0 * EACH, ok);
    let last = readings
        .iter()
        .map(|readings| readings.number("max"))
        .fold(0.0, f64::max);
    report.most("a call on each: the last", "ms", 5000.0, last);
}
