//! Whatever happens to a connection, its calls end: R-8, with fewer scripts unless `SCRIPTS` says how
//! many, and from `SCRIPTS_FROM` on.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tests::guard;
use tests::script::{Report, run};

/// As many as are played in two or three seconds, in a build that is not optimised.
const SCRIPTS: u64 = 1000;

/// As many as must be over before the guard's patience is.
const BATCH: u64 = 500;

#[test]
fn r08_scripts_end() {
    let number = |name, default| env::var(name).map_or(default, |value| value.parse().unwrap());
    let from = number("SCRIPTS_FROM", 0);
    let end = from + number("SCRIPTS", SCRIPTS);
    let begun = Instant::now();
    let mut batch = from;
    while batch < end {
        let next = (batch + BATCH).min(end);
        guard::blocking(move || play(batch, next));
        batch = next;
    }
    println!("{} scripts in {:?}", end - from, begun.elapsed());
}

/// Plays the scripts of these numbers.
fn play(from: u64, end: u64) {
    let mut total = Report::default();
    let mut longest = Duration::ZERO;
    for number in from..end {
        let script = script(number);
        let played = catch_unwind(AssertUnwindSafe(|| run(&script)));
        let report = played.unwrap_or_else(|_| panic!("script {number}: {script:?}"));
        total.calls += report.calls;
        total.replies += report.replies;
        total.given_up += report.given_up;
        total.steps = total.steps.max(report.steps);
        longest = longest.max(report.took);
    }
    println!("{from}..{end}: at most {longest:?} each; in all, or most: {total:?}");
    // The scripts are worth something only if calls end in all kinds of ways.
    assert!(end - from < BATCH || total.calls / 8 < total.replies && 0 < total.given_up);
}

/// The script of this number.
fn script(number: u64) -> Vec<u8> {
    let mut random = Random(number);
    // So that numbers next to each other have nothing in common.
    random = Random(random.next());
    let length = 16 + random.next() % 200;
    (0..length)
        .map(|_| random.next().to_be_bytes()[0])
        .collect()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
