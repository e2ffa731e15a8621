//! Servers that shut down while calls run.

use std::time::Duration;

use tests::scratch::Scratch;

use crate::child::{Child, until};
use crate::clock;
use crate::process::{files, sockets};
use crate::readings::Readings;
use crate::report::Report;

/// Finishes ten thousand calls of half a second within a grace period of five seconds. The calls are not
/// shorter, since all must be running when the shutdown begins.
pub(crate) fn graceful(report: &mut Report) {
    let scratch = Scratch::new();
    let shut = shut_down(&scratch, 500, 5000);
    report.exactly("calls that finish", "", 10_000.0, shut.ends.times("ok"));
    report.most("the process is gone after the last", "ms", 200.0, shut.gone);
    report.exactly("files left", "", 0.0, files(scratch.dir()));
    report.exactly("sockets left", "", 0.0, sockets(scratch.dir()));
}

/// Ends ten thousand calls of ten seconds after a grace period of a hundred milliseconds.
pub(crate) fn forced(report: &mut Report) {
    let scratch = Scratch::new();
    let shut = shut_down(&scratch, 10_000, 100);
    let typed = shut.ends.times("ShuttingDown") + shut.ends.times("Disconnected");
    report.exactly("calls that are told why", "", 10_000.0, typed);
    report.seen(
        "of them as ShuttingDown",
        "",
        shut.ends.times("ShuttingDown"),
    );
    report.most(
        "the last end after the shutdown began",
        "ms",
        150.0,
        shut.ends.number("max"),
    );
    report.exactly("files left", "", 0.0, files(scratch.dir()));
}

/// The outcome of a shutdown.
struct Shut {
    /// The ends of calls, after the shutdown began.
    ends: Readings,
    /// How many milliseconds after the last call the process ended.
    gone: f64,
}

/// Starts ten thousand calls on ten connections, and shuts the server down.
fn shut_down(scratch: &Scratch, millis: u32, grace: u32) -> Shut {
    let mut server = Child::serve(scratch, &[]);
    let mut calls = Child::calls(scratch, &[]);
    calls.ask("dial 10");
    calls.ask("echo 1 5000");
    calls.ask(&format!("start sleep {millis} 1000 30000"));
    let (running, _) = until(Duration::from_secs(10), || {
        server.ask("gauges").number("running") >= 10_000.0
    });
    assert!(running, "the calls do not run at the same time");
    let readings = server.ask(&format!("shutdown {grace}"));
    assert!(
        server.has_ended(Duration::from_secs(10)),
        "the server stays"
    );
    let ended = clock::now();
    let ends = calls.ask(&format!("ends {} 20000", readings.number("begun") as u64));
    let gone = clock::millis(ends.number("last") as u64, ended);
    Shut { ends, gone }
}
