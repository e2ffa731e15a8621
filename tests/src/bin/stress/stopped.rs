//! Processes that are stopped: clients that read nothing, and a server that does not answer.

use std::thread;
use std::time::{Duration, Instant};

use tests::scratch::Scratch;

use crate::child::Child;
use crate::compare::{Compared, WINDOWS};
use crate::process::{available, resident, unread};
use crate::report::Report;
use crate::statistics::median;

/// Stops a client that has requested 4 MB and read nothing, while twenty others call.
pub(crate) fn client(report: &mut Report) {
    let window = report.pick(Duration::from_millis(1500), Duration::from_millis(700));
    let scratch = Scratch::new();
    let server = Child::serve(&scratch, &[]);
    let mut load = Child::load(&scratch, &["connections=20"]);
    load.window(window);
    let mut compared = Compared::default();
    let (mut memory, mut kernel) = (Vec::new(), Vec::new());
    for _ in 0..report.pick(WINDOWS, 3) {
        compared.control.push(load.window(window));
        let (resident_before, unread_before) = (resident(server.id()), unread(server.id()));
        let stuck = Child::start(&scratch, "unread", &["requests=1000"]).ready();
        stuck.stop();
        compared.attack.push(load.window(window));
        memory.push(resident(server.id()) - resident_before);
        kernel.push(unread(server.id()) - unread_before);
    }
    report.least(
        "calls of the others, of control",
        "%",
        report.pick(95.0, 70.0),
        compared.left("rate"),
    );
    report.most(
        "p99 of the others",
        "% more",
        report.pick(10.0, 100.0),
        compared.more("p99"),
    );
    report.seen(
        "p99 of the others: spread without attack",
        "%",
        compared.unrest("p99"),
    );
    report.exactly("errors of the others", "", 0.0, compared.sum("bad"));
    report.most(
        "memory of the server",
        "KiB",
        report.pick(1536.0, 4096.0),
        median(&memory),
    );
    report.most(
        "memory of the kernel",
        "KiB",
        report.pick(100.0, 1024.0),
        median(&kernel),
    );
}

/// Stops a thousand clients that have requested 160 KiB each and read nothing.
pub(crate) fn clients(report: &mut Report) {
    let window = Duration::from_millis(1500);
    let settings = ["outbox=65536", "per-user=2000", "memory-per-user=268435456"];
    let (calm, attacked) = (Scratch::new(), Scratch::new());
    let _calm_server = Child::serve(&calm, &settings);
    let server = Child::serve(&attacked, &settings);
    let mut calm_load = Child::load(&calm, &["connections=20"]);
    let mut load = Child::load(&attacked, &["connections=20"]);
    calm_load.window(window);
    load.window(window);
    let (resident_before, unread_before) = (resident(server.id()), unread(server.id()));
    let available_before = available();
    let stuck = ["connections=1000", "requests=40"];
    let stuck = Child::start(&attacked, "unread", &stuck).ready();
    stuck.stop();
    thread::sleep(Duration::from_secs(1));
    let memory = resident(server.id()) - resident_before;
    let kernel = unread(server.id()) - unread_before;
    let taken = available_before - available() - memory - resident(stuck.id());
    let mut compared = Compared::default();
    for _ in 0..WINDOWS {
        compared.control.push(calm_load.window(window));
        compared.attack.push(load.window(window));
    }
    report.most("memory of the server", "KiB", 64.0 * 1024.0, memory);
    report.most(
        "memory of the kernel, by its sockets",
        "KiB",
        100.0 * 1024.0,
        kernel,
    );
    report.seen(
        "memory of the kernel, by what is left to the machine",
        "KiB",
        taken,
    );
    report.most("p99 of the others", "% more", 20.0, compared.more("p99"));
    report.seen(
        "p99 of the others: spread without attack",
        "%",
        compared.unrest("p99"),
    );
    report.exactly("errors of the others", "", 0.0, compared.sum("bad"));
}

/// Stops the server for five seconds, while calls have deadlines of two.
pub(crate) fn server(report: &mut Report) {
    let scratch = Scratch::new();
    let server = Child::serve(&scratch, &[]);
    let mut calls = Child::calls(&scratch, &[]);
    calls.ask("dial 1");
    calls.ask("echo 1 5000");
    server.stop();
    let begun = Instant::now();
    let stopped = calls.ask("echo 1000 2000");
    thread::sleep(Duration::from_secs(5).saturating_sub(begun.elapsed()));
    server.go_on();
    let after = calls.ask("echo 1000 5000");
    report.exactly(
        "calls that end by their deadline",
        "",
        1000.0,
        stopped.times("DeadlineExceeded"),
    );
    report.least("earliest end", "ms", 2000.0, stopped.number("min"));
    report.most("latest end", "ms", 2050.0, stopped.number("max"));
    report.exactly("right answers afterwards", "", 1000.0, after.times("ok"));
    report.exactly("wrong answers afterwards", "", 0.0, after.times("wrong"));
}
