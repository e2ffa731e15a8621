//! Setup messages by the hundred thousand, of those that never become clients.

use std::fs;
use std::thread;
use std::time::Duration;

use tests::scratch::Scratch;

use crate::child::Child;
use crate::compare::{Compared, WINDOWS};
use crate::numbers::{largest, median};
use crate::process::{descriptors, resident};
use crate::report::Report;

/// Sixteen processes flood, or burn as much CPU, while others dial and call.
pub(crate) fn run(report: &mut Report) {
    for (kind, what) in KINDS {
        flood(report, kind, what);
    }
}

fn flood(report: &mut Report, kind: &str, what: &str) {
    let window = report.pick(Duration::from_secs(1), Duration::from_millis(500));
    let scratch = Scratch::new();
    let server = Child::serve(&scratch, &["per-user=1000"]);
    let mut load = Child::load(&scratch, &["connections=4"]);
    let mut dials = Child::load(&scratch, &["work=dial", "callers=2", "every=5"]);
    let burners = Crowd::start(&scratch, "burn", &[]);
    dials.window(window);
    let (base, memory) = (descriptors(server.id()), resident(server.id()));
    let flooders = Crowd::start(&scratch, "flood", &[&format!("kind={kind}")]);
    let (mut compared, mut dialed) = (Compared::default(), Compared::default());
    let mut open = Vec::new();
    for _ in 0..report.pick(WINDOWS, 2) {
        for (crowd, attacks) in [(&burners, false), (&flooders, true)] {
            crowd.go_on();
            load.tell("begin");
            dials.tell("begin");
            thread::sleep(window);
            open.push(descriptors(server.id()));
            crowd.stop();
            let (called, connected) = (load.ask("end"), dials.ask("end"));
            if attacks {
                compared.attack.push(called);
                dialed.attack.push(connected);
            } else {
                compared.control.push(called);
                dialed.control.push(connected);
            }
        }
    }
    drop(flooders);
    let p99: Vec<f64> = dialed
        .attack
        .iter()
        .map(|said| said.number("p99") / 1e3)
        .collect();
    report.most(
        &format!("{what}: dials, p99"),
        "ms",
        report.pick(250.0, 1000.0),
        median(&p99),
    );
    report.exactly(
        &format!("{what}: dials that fail"),
        "",
        0.0,
        dialed.sum("bad"),
    );
    report.seen(&format!("{what}: dials"), "", dialed.sum("calls"));
    report.most(
        &format!("{what}: descriptors of the server"),
        "more",
        128.0,
        largest(&open) - base,
    );
    report.most(
        &format!("{what}: memory of the server"),
        "KiB more",
        report.pick(2048.0, 8192.0),
        resident(server.id()) - memory,
    );
    report.least(
        &format!("{what}: calls of the others, of control"),
        "%",
        report.pick(80.0, 50.0),
        compared.left("rate"),
    );
    report.exactly(
        &format!("{what}: errors of the others"),
        "",
        0.0,
        compared.sum("bad"),
    );
}

/// Watches the system calls of one who dials during a flood: the queue of the setup socket is full
/// most of the time, and who tried but once would not get in.
pub(crate) fn waits(report: &mut Report) {
    let scratch = Scratch::new();
    let traced = Scratch::new();
    let log = traced.path("trace");
    let output = format!("-o{}", log.display());
    let wrapper = [
        "strace",
        "-D",
        "-f",
        "-qq",
        &output,
        "-e",
        "trace=sendto,sendmsg",
    ];
    let _server = Child::serve(&scratch, &["per-user=1000"]);
    let settings = ["work=dial", "callers=1", "every=10"];
    let mut dials = Child::start_under(&wrapper, &scratch, "load", &settings).ready();
    let flooders = Crowd::start(&scratch, "flood", &["kind=absent"]);
    flooders.go_on();
    let said = dials.window(Duration::from_secs(3));
    drop(flooders);
    drop(dials);
    let trace = fs::read_to_string(&log).unwrap();
    let full = trace.lines().filter(|line| line.contains("EAGAIN")).count();
    report.least("dials", "", 10.0, said.number("calls"));
    report.least("sends that found the queue full", "", 1.0, full as f64);
    report.exactly("dials that fail", "", 0.0, said.number("bad"));
}

/// Sixteen processes that are stopped unless they are let go on.
struct Crowd(Vec<Child>);

impl Crowd {
    fn start(scratch: &Scratch, role: &str, settings: &[&str]) -> Self {
        let crowd = (0..16).map(|_| {
            let child = Child::start(scratch, role, settings).ready();
            child.stop();
            child
        });
        Self(crowd.collect())
    }

    fn go_on(&self) {
        self.0.iter().for_each(Child::go_on);
    }

    fn stop(&self) {
        self.0.iter().for_each(Child::stop);
    }
}

/// What is sent, and what it is called.
const KINDS: [(&str, &str); 3] = [
    ("absent", "names of nobody"),
    ("silent", "names of the silent"),
    ("garbage", "garbage"),
];
