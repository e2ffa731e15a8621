//! Calls that are cancelled as soon as they begin.

use std::time::{Duration, Instant};

use tests::scratch::Scratch;

use crate::child::Child;
use crate::process::resident;
use crate::report::Report;

/// Cancels a million calls of ten milliseconds on one connection.
pub(crate) fn run(report: &mut Report) {
    let calls = report.pick(1_000_000_u32, 200_000);
    let (calm, attacked) = (Scratch::new(), Scratch::new());
    let _calm_server = Child::serve(&calm, &[]);
    let mut server = Child::serve(&attacked, &[]);
    let mut calm_load = Child::load(&calm, &[]);
    let mut load = Child::load(&attacked, &[]);
    let mut cancels = Child::load(&attacked, &["work=cancel", "callers=64"]);
    calm_load.window(BRIEF);
    load.window(BRIEF);
    let before = resident(server.id());
    cancels.tell(&format!("count {calls}"));
    let readings = cancels.readings(Duration::from_secs(180));
    let over = Instant::now();
    let mut back = f64::NAN;
    while over.elapsed() < Duration::from_secs(5) {
        let at = over.elapsed().as_secs_f64();
        // Compares with an idle server, at the same time on the same machine.
        let p99 = load.window(BRIEF).number("p99");
        if p99 <= calm_load.window(BRIEF).number("p99") * 1.5 {
            back = at;
            break;
        }
    }
    let gauges = server.ask("gauges");
    report.exactly(
        "calls given up",
        "",
        f64::from(calls),
        readings.times("cancelled"),
    );
    report.exactly("calls that end otherwise", "", 0.0, readings.number("bad"));
    report.seen("calls given up a second", "", readings.number("rate"));
    // Up to twice as many may exist for a moment: the cancelled ones, and those that replace them.
    report.most(
        "handlers at a time",
        "",
        report.pick(1000.0, 2064.0),
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

/// How long the p99 of a caller is measured.
const BRIEF: Duration = Duration::from_millis(100);
