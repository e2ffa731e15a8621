//! How long one call takes on an otherwise idle server.

use std::time::Duration;

use tests::scratch::Scratch;

use crate::child::Child;
use crate::compare::{WINDOWS, of};
use crate::report::Report;

/// Echoes 64 bytes, one call after the other.
pub(crate) fn run(report: &mut Report) {
    let scratch = Scratch::new();
    let _server = Child::serve(&scratch, &[]);
    let mut load = Child::load(&scratch, &[]);
    load.window(Duration::from_secs(1));
    let windows: Vec<_> = (0..WINDOWS)
        .map(|_| load.window(Duration::from_secs(2)))
        .collect();
    report.most("echo of 64 B: median", "µs", 60.0, of(&windows, "p50"));
    report.most("echo of 64 B: p99", "µs", 200.0, of(&windows, "p99"));
}
