//! A server that may open no more files.

use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
use tests::scratch::Scratch;

use crate::child::{Child, until};
use crate::process::{cpu, descriptors};
use crate::report::Report;

/// Takes the server's descriptors away for ten seconds, while clients dial.
pub(crate) fn run(report: &mut Report) {
    let window = Duration::from_secs(10);
    let scratch = Scratch::new();
    let mut server = Child::serve(&scratch, &[]);
    let mut load = Child::load(&scratch, &["every=1"]);
    let mut dials = Child::load(&scratch, &["work=dial", "callers=4", "every=10"]);
    let mut last = Child::calls(&scratch, &["dial-timeout=200"]);
    load.window(Duration::from_millis(500));
    let before = server.ask("gauges");
    allow(&server, descriptors(server.id()) as u64);
    let idle = cpu(server.id());
    thread::sleep(Duration::from_secs(1));
    let idle = cpu(server.id()) - idle;
    let cpu_before = cpu(server.id());
    dials.tell("begin");
    thread::sleep(window);
    let busy = cpu(server.id()) - cpu_before - idle * window.as_secs_f64();
    let called = load.window(Duration::from_millis(500));
    let logged = server.ask("gauges").number("logged") - before.number("logged");
    allow(
        &server,
        getrlimit(Resource::Nofile).maximum.unwrap_or(20_000),
    );
    let (_, millis) = until(Duration::from_secs(5), || {
        last.ask("dial 1").times("dialed") > 0.0
    });
    let dialed = dials.ask("end");
    report.seen("dials meanwhile", "", dialed.number("calls"));
    report.most(
        "CPU of the server",
        "%",
        5.0,
        busy / window.as_secs_f64() * 100.0,
    );
    report.most("lines logged", "", 10.0, logged);
    report.exactly("errors of who is connected", "", 0.0, called.number("bad"));
    report.most("connected again after", "ms", 1000.0, millis);
}

fn allow(server: &Child, files: u64) {
    let limit = Rlimit {
        current: Some(files),
        maximum: getrlimit(Resource::Nofile).maximum,
    };
    prlimit(Some(server.pid()), Resource::Nofile, limit).unwrap();
}
