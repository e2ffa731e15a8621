//! Plays generated scripts of calls and faults, and checks that every call ends. The variable `SCRIPTS`
//! sets how many are played, and `SCRIPTS_FROM` the number of the first.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tests::script::{Report, run};
use tests::watchdog;

/// The number of scripts that run in two or three seconds without optimisation.
const SCRIPTS: u64 = 2000;

/// The number of scripts that run within the time limit of a test.
const BATCH: u64 = 500;

#[test]
fn r08_calls_of_every_generated_script_end() {
    let number = |name, default| env::var(name).map_or(default, |value| value.parse().unwrap());
    let from = number("SCRIPTS_FROM", 0);
    let end = from + number("SCRIPTS", SCRIPTS);
    let begun = Instant::now();
    let total = Arc::new(Mutex::new(Report::default()));
    let mut batch = from;
    while batch < end {
        let (next, sum) = ((batch + BATCH).min(end), Arc::clone(&total));
        watchdog::blocking(move || sum.lock().unwrap().add(&play(batch, next)));
        batch = next;
    }
    let total = *total.lock().unwrap();
    println!("{} scripts in {:?}: {total:?}", end - from, begun.elapsed());
    // The scripts are useful only if calls end in many different ways.
    let is_mixed = total.calls / 8 < total.replies && 0 < total.given_up;
    assert!(is_mixed || end - from < SCRIPTS, "{total:?}");
}

/// Plays the scripts with these numbers.
fn play(from: u64, end: u64) -> Report {
    let mut total = Report::default();
    for number in from..end {
        let script = script(number);
        let played = catch_unwind(AssertUnwindSafe(|| run(&script)));
        total.add(&played.unwrap_or_else(|_| panic!("script {number}: {script:?}")));
    }
    total
}

/// Returns the script with this number.
fn script(number: u64) -> Vec<u8> {
    let mut random = Random(number);
    // Scripts with neighbouring numbers must have nothing in common.
    random = Random(random.next());
    let length = 16 + random.next() % 200;
    (0..length)
        .map(|_| random.next().to_be_bytes()[0])
        .collect()
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
