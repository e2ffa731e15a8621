//! Calls that are given up as soon as they are begun.

use std::time::{Duration, Instant};

use tests::scratch::Scratch;

use crate::child::Child;
use crate::compare::of;
use crate::process::resident;
use crate::report::Report;

/// Gives up a million calls of ten milliseconds on one connection.
pub(crate) fn run(report: &mut Report) {
    let calls = report.pick(1_000_000_u32, 200_000);
    let brief = Duration::from_millis(200);
    let scratch = Scratch::new();
    let mut server = Child::serve(&scratch, &[]);
    let mut load = Child::load(&scratch, &[]);
    let mut cancels = Child::load(&scratch, &["work=cancel", "callers=64"]);
    let calm: Vec<_> = (0..7).map(|_| load.window(brief)).collect();
    let p99 = of(&calm, "p99");
    let before = resident(server.id());
    cancels.tell(&format!("count {calls}"));
    let said = cancels.said(Duration::from_secs(180));
    let over = Instant::now();
    let mut back = f64::NAN;
    while over.elapsed() < Duration::from_secs(5) {
        if load.window(brief).number("p99") <= p99 * 1.5 {
            back = over.elapsed().as_secs_f64();
            break;
        }
    }
    let gauges = server.ask("gauges");
    report.exactly(
        "calls given up",
        "",
        f64::from(calls),
        said.times("cancelled"),
    );
    report.exactly("calls that end otherwise", "", 0.0, said.number("bad"));
    report.seen("calls given up a second", "", said.number("rate"));
    // Up to twice as many may exist for a moment: those that are cancelled, and those in their place.
    report.most(
        "handlers at a time",
        "",
        report.pick(1000.0, 2000.0),
        gauges.number("peak"),
    );
    report.exactly("handlers left", "", 0.0, gauges.number("running"));
    report.most(
        "memory of the server",
        "KiB more",
        16.0 * 1024.0,
        resident(server.id()) - before,
    );
    report.most(
        "p99 of a caller back to normal after",
        "s",
        report.pick(1.0, 3.0),
        back,
    );
}
