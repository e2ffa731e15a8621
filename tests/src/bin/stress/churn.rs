//! Connections that make one call each.

use std::thread;
use std::time::{Duration, Instant};

use tests::scratch::Scratch;

use crate::child::{Child, until};
use crate::process::{descriptors, files, resident, sockets};
use crate::report::Report;

/// Connects, calls and closes a hundred thousand times, from four processes.
pub(crate) fn run(report: &mut Report) {
    const PROCESSES: usize = 4;
    let scratch = Scratch::new();
    let server = Child::serve(&scratch, &["per-user=10000", "setup-rate=1000000"]);
    let dials = ["work=dial", "callers=4"];
    let mut clients: Vec<_> = (0..PROCESSES)
        .map(|_| Child::load(&scratch, &dials))
        .collect();
    let before = descriptors(server.id());
    let mut churn = |each: usize| {
        let begun = Instant::now();
        for client in &mut clients {
            client.tell(&format!("count {each}"));
        }
        let limit = Duration::from_secs(300);
        let readings: Vec<_> = clients
            .iter()
            .map(|client| client.readings(limit))
            .collect();
        let bad: f64 = readings.iter().map(|readings| readings.number("bad")).sum();
        let calls: f64 = readings
            .iter()
            .map(|readings| readings.number("calls"))
            .sum();
        (calls, bad, begun.elapsed().as_secs_f64())
    };
    churn(2500);
    thread::sleep(Duration::from_millis(500));
    let warm = resident(server.id());
    let (calls, bad, seconds) = churn(22_500);
    until(Duration::from_secs(3), || {
        descriptors(server.id()) <= before
    });
    report.exactly("connections after the first 10,000", "", 90_000.0, calls);
    report.exactly("failures", "", 0.0, bad);
    report.least("connections a second", "", 2000.0, calls / seconds);
    report.most(
        "memory of the server, after the first 10,000",
        "KiB",
        2048.0,
        resident(server.id()) - warm,
    );
    report.exactly(
        "descriptors left",
        "",
        0.0,
        descriptors(server.id()) - before,
    );
    report.exactly("files, the server's own", "", 1.0, files(scratch.dir()));
    report.exactly(
        "sockets bound, the server's own",
        "",
        1.0,
        sockets(scratch.dir()),
    );
}
