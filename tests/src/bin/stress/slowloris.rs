//! Clients that send a large request byte by byte.

use std::time::Duration;

use tests::scratch::Scratch;

use crate::child::Child;
use crate::compare::{Compared, WINDOWS};
use crate::process::resident;
use crate::report::Report;

/// Lets a thousand clients send a byte a second, while a thousand clients of another server are silent.
pub(crate) fn run(report: &mut Report) {
    let window = Duration::from_secs(1);
    let settings = ["per-user=2000", "setup-rate=1000000"];
    let (calm, attacked) = (Scratch::new(), Scratch::new());
    let _calm_server = Child::serve(&calm, &settings);
    let server = Child::serve(&attacked, &settings);
    let clients = ["connections=1000"];
    let _idle = Child::start(&calm, "trickle", &clients).ready();
    let mut slow = Child::start(&attacked, "trickle", &clients).ready();
    let mut calm_load = Child::load(&calm, &["connections=20"]);
    let mut load = Child::load(&attacked, &["connections=20"]);
    calm_load.window(window);
    load.window(window);
    let before = resident(server.id());
    slow.tell("trickle");
    let mut compared = Compared::default();
    for _ in 0..WINDOWS {
        compared.control.push(calm_load.window(window));
        compared.attack.push(load.window(window));
    }
    let memory = resident(server.id()) - before;
    let closed = slow.ask("ends 25000");
    report.exactly("connections closed", "", 1000.0, closed.number("closed"));
    report.least(
        "closed after: earliest",
        "s",
        29.0,
        closed.number("earliest"),
    );
    report.most("closed after: latest", "s", 31.0, closed.number("latest"));
    report.most("memory of the server", "KiB", 8192.0, memory);
    report.most("p99 of the others", "% more", 10.0, compared.more("p99"));
    report.seen(
        "p99 of the others: spread without attack",
        "%",
        compared.unrest("p99"),
    );
    report.exactly("errors of the others", "", 0.0, compared.sum("bad"));
}
