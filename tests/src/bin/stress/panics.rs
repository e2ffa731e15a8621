//! Handlers that panic.

use std::time::Duration;

use tests::scratch::Scratch;

use crate::child::Child;
use crate::process::resident;
use crate::report::Report;

/// Makes a million calls, of which one in a hundred panics.
pub(crate) fn run(report: &mut Report) {
    let calls = report.pick(1_000_000_u32, 200_000);
    let scratch = Scratch::new();
    let server = Child::serve(&scratch, &[]);
    let mut load = Child::load(&scratch, &["work=panic", "connections=4", "callers=32"]);
    load.tell(&format!("count {}", calls / 10));
    load.readings(Duration::from_secs(60));
    let warm = resident(server.id());
    load.tell(&format!("count {calls}"));
    let readings = load.readings(Duration::from_secs(120));
    let (all, panicked) = (readings.number("calls"), readings.times("panicked"));
    report.exactly("calls", "", f64::from(calls), all);
    report.exactly(
        "calls that end otherwise than they should",
        "",
        0.0,
        readings.number("bad"),
    );
    report.least("of them panicked", "%", 0.9, panicked / all * 100.0);
    report.most(
        "memory of the server",
        "KiB more",
        report.pick(2048.0, 4096.0),
        resident(server.id()) - warm,
    );
    report.seen("calls a second", "", readings.number("rate"));
}
