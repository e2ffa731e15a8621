//! Floods of setup messages from processes that never become clients.

use std::env;
use std::fs;
use std::thread;
use std::time::Duration;

use rustix::process::getuid;
use tests::foreign_process::Programs;
use tests::scratch::Scratch;

use crate::child::{Child, until};
use crate::compare::{Compared, WINDOWS};
use crate::note;
use crate::process::{descriptors, resident};
use crate::report::Report;
use crate::statistics::{largest, median};

/// Lets sixteen processes flood, or use as much CPU, while others dial and call.
///
/// All processes of a user share the rate limit, floods included. So floods of the same user run with
/// the limit raised, to see what the server makes of them. Those of another user meet the default limit.
pub(crate) fn run(report: &mut Report) {
    for attack in &ATTACKS {
        if attack.other_user && !getuid().is_root() {
            note("only root can have another user flood");
        } else if !(report.short && attack.is_long) {
            flood(report, attack);
        }
    }
}

/// What a flood sends.
struct Attack {
    kind: &'static str,
    what: &'static str,
    other_user: bool,
    is_long: bool,
}

fn flood(report: &mut Report, attack: &Attack) {
    let window = report.pick(Duration::from_millis(700), Duration::from_millis(500));
    let Attack { kind, what, .. } = attack;
    let scratch = Scratch::shared();
    // Another user may have no access to the program's own directory.
    let programs = Programs::new(&[&env::current_exe().unwrap()]);
    let (settings, wrapper): (&[&str], &[&str]) = if attack.other_user {
        (&["allow=65534"], &OTHER_USER)
    } else {
        (&["setup-rate=100000000", "per-user=2000"], &[])
    };
    let server = Child::serve(&scratch, settings);
    let mut load = Child::load(&scratch, &["connections=4"]);
    let mut dials = Child::load(&scratch, &["work=dial", "callers=2", "every=5"]);
    let burners = Crowd::start(&programs, &[], &scratch, "burn", &[]);
    dials.window(window);
    let (base, memory) = (descriptors(server.id()), resident(server.id()));
    let flooders = Crowd::start(
        &programs,
        wrapper,
        &scratch,
        "flood",
        &[&format!("kind={kind}")],
    );
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
    let back = until(Duration::from_secs(5), || descriptors(server.id()) <= base).1;
    let p99: Vec<f64> = dialed
        .attack
        .iter()
        .map(|readings| readings.number("p99") / 1e3)
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
        report.pick(128.0, 192.0),
        largest(&open) - base,
    );
    report.most(
        &format!("{what}: descriptors back after"),
        "ms",
        1000.0,
        back,
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

/// Traces the system calls of a process that dials during a flood. The queue of the setup socket is full
/// most of the time, so a client that tried only once would not get in.
pub(crate) fn waits(report: &mut Report) {
    let scratch = Scratch::new();
    let traced = Scratch::new();
    let programs = Programs::new(&[&env::current_exe().unwrap()]);
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
    let _server = Child::serve(&scratch, &["setup-rate=100000000"]);
    let settings = ["work=dial", "callers=1", "every=10"];
    let mut dials = Child::start_under(&wrapper, &scratch, "load", &settings).ready();
    let flooders = Crowd::start(&programs, &[], &scratch, "flood", &["kind=absent"]);
    flooders.go_on();
    let readings = dials.window(Duration::from_secs(3));
    drop(flooders);
    drop(dials);
    let trace = fs::read_to_string(&log).unwrap();
    let full = trace.lines().filter(|line| line.contains("EAGAIN")).count();
    report.least("dials", "", 10.0, readings.number("calls"));
    report.least("sends that found the queue full", "", 1.0, full as f64);
    report.exactly("dials that fail", "", 0.0, readings.number("bad"));
}

/// Sixteen processes that are stopped except while a window runs.
struct Crowd(Vec<Child>);

impl Crowd {
    fn start(
        programs: &Programs,
        wrapper: &[&str],
        scratch: &Scratch,
        role: &str,
        settings: &[&str],
    ) -> Self {
        let program = programs.path(&env::current_exe().unwrap());
        let crowd = (0..16).map(|_| {
            let child = Child::start_copy(&program, wrapper, scratch, role, settings).ready();
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

/// The command that starts a process as another user.
const OTHER_USER: [&str; 4] = [
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
];

const ATTACKS: [Attack; 5] = [
    attack("absent", "names of nobody", false, false),
    attack("silent", "names of the silent", false, false),
    attack("garbage", "garbage", false, true),
    attack("absent", "another user's names of nobody", true, true),
    attack("silent", "another user's names of the silent", true, false),
];

const fn attack(kind: &'static str, what: &'static str, other_user: bool, is_long: bool) -> Attack {
    Attack {
        kind,
        what,
        other_user,
        is_long,
    }
}
