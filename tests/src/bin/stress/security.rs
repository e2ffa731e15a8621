//! The cost of checking the credentials of each datagram.

use std::fs;
use std::time::Duration;

use tests::scratch::Scratch;

use crate::child::Child;
use crate::compare::{Compared, WINDOWS, of};
use crate::readings::Readings;
use crate::report::Report;

/// Compares bare sockets with and without the check: all that the kernel and a receiver do for it. Its
/// share of a call of the library is computed, since the library always checks.
pub(crate) fn run(report: &mut Report) {
    let scratch = Scratch::new();
    let mut plain = Pair::start(&scratch, "plain", false);
    let mut looks = Pair::start(&scratch, "looks", true);
    let [serial, pipelined] = [1, 8].map(|window| {
        let mut compared = Compared::default();
        for _ in 0..WINDOWS {
            compared.control.push(plain.run(window));
            compared.attack.push(looks.run(window));
        }
        compared
    });
    let lost = |compared: &Compared| 100.0 - compared.left("rate");
    report.most(
        "credentials: of the rate of bare datagrams",
        "%",
        15.0,
        lost(&serial),
    );
    report.seen("the same, eight on the way", "%", lost(&pipelined));
    report.seen("spread of the rate without", "%", serial.unrest("rate"));

    let server = Child::serve(&scratch, &["per-user=1000"]);
    let mut load = Child::load(&scratch, &["callers=64"]);
    let windows: Vec<_> = (0..WINDOWS)
        .map(|_| load.window(Duration::from_millis(700)))
        .collect();
    // A round trip has two checks. They share the two cores with everything else, as calls do.
    let looks = 1.0 / of(&pipelined.attack, "rate") - 1.0 / of(&pipelined.control, "rate");
    let call = 1.0 / of(&windows, "rate");
    report.most(
        "credentials: of 64 callers' rate, computed",
        "%",
        3.0,
        looks / BATCH / call * 100.0,
    );

    let mut calls = Child::calls(&scratch, &[]);
    let before = pidfds(&server);
    calls.ask("dial 100");
    calls.ask("echo 1 5000");
    let held = pidfds(&server) - before;
    // One for each process, not for each connection or datagram.
    report.most("pidfds for 100 connections of a process", "", 1.0, held);
    calls.ask("echo 100 5000");
    report.exactly(
        "pidfds that 10,000 calls leave",
        "",
        0.0,
        pidfds(&server) - before - held,
    );
}

/// How many messages share a datagram under load: see the architecture page.
const BATCH: f64 = 16.0;

fn pidfds(process: &Child) -> f64 {
    let entries = fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap();
    let links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links
        .filter(|link| link.to_string_lossy().contains("pidfd"))
        .count() as f64
}

/// Two processes with a pair of sockets.
struct Pair {
    asking: Child,
    _answering: Child,
}

impl Pair {
    fn start(scratch: &Scratch, name: &str, looks: bool) -> Self {
        let settings = [format!("name={name}"), format!("credentials={looks}")];
        let settings = settings.each_ref().map(String::as_str);
        let mut answering = Child::start(scratch, "pong", &settings).ready();
        let asking = Child::start(scratch, "ping", &settings).ready();
        answering.tell("connect");
        Self {
            asking,
            _answering: answering,
        }
    }

    fn run(&mut self, window: u32) -> Readings {
        self.asking.ask(&format!(
            "run {} {window}",
            Duration::from_millis(700).as_millis()
        ))
    }
}
