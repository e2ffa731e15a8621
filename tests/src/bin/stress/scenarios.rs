//! All scenarios, and how to run the chosen ones.

use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::time::Instant;

use crate::args::Plan;
use crate::report::Report;
use crate::{
    cancel, churn, emfile, errno, flood, idle, inject, kill, latency, note, panics, print,
    security, shutdown, slowloris, soak, stopped,
};

/// A measurement of servers and clients under some load or fault.
#[derive(Debug)]
pub(crate) struct Scenario {
    id: &'static str,
    name: &'static str,
    /// Whether there is a form of a few seconds.
    has_short: bool,
    run: fn(&mut Report),
}

/// All scenarios, in the order in which they run.
#[rustfmt::skip]
static ALL: [Scenario; 21] = [
    short("r-1", "kill", kill::server),
    whole("r-2", "kill-unnoticed", kill::server_without_pidfd),
    short("r-3", "kill-client", kill::client),
    short("r-4", "stopped-client", stopped::client),
    whole("r-5", "stopped-clients", stopped::clients),
    whole("r-6", "stopped-server", stopped::server),
    short("r-10", "soak", soak::run),
    whole("r-12", "churn", churn::run),
    whole("r-13", "idle", idle::run),
    whole("r-14", "slowloris", slowloris::run),
    short("r-15", "setup-flood", flood::run),
    whole("r-16", "setup-wait", flood::waits),
    whole("r-17", "inject", inject::run),
    short("r-18", "panics", panics::run),
    short("r-19", "cancel", cancel::run),
    whole("r-20", "emfile", emfile::run),
    short("r-21", "errno", errno::run),
    whole("r-22", "shutdown", shutdown::graceful),
    whole("r-23", "shutdown-forced", shutdown::forced),
    whole("r-24", "security", security::run),
    whole("r-25", "latency", latency::run),
];

/// Returns what `--list` prints.
pub(crate) fn list() -> String {
    let mut text = String::new();
    for scenario in &ALL {
        let short = if scenario.has_short { "--short" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<5} {:<16} {short}", scenario.id, scenario.name);
    }
    text
}

/// Returns the scenarios with these ids or names.
pub(crate) fn chosen(words: &[String], short: bool) -> Result<Vec<&'static Scenario>, String> {
    let takes_part = |scenario: &&Scenario| !short || scenario.has_short;
    if words.iter().any(|word| word == "all") {
        return Ok(ALL.iter().filter(takes_part).collect());
    }
    if words.is_empty() {
        return Err("no scenario is named; see --help".to_owned());
    }
    let find = |word: &String| {
        ALL.iter()
            .filter(takes_part)
            .find(|scenario| scenario.id == word || scenario.name == word)
            .ok_or_else(|| format!("there is no scenario {word} of this form; see --list"))
    };
    words.iter().map(find).collect()
}

/// Runs the chosen scenarios. The exit code is 0 if all targets were met.
pub(crate) fn run(plan: &Plan) -> ExitCode {
    let mut report = Report::new(plan.short, plan.minutes);
    let all = Instant::now();
    for scenario in &plan.scenarios {
        report.begin(scenario.id);
        let begun = Instant::now();
        // Unwinding ends the processes that a scenario has started.
        let ran = panic::catch_unwind(AssertUnwindSafe(|| (scenario.run)(&mut report)));
        if let Err(cause) = ran {
            let text = cause.downcast_ref::<String>().map(String::as_str);
            let why = text.or_else(|| cause.downcast_ref::<&str>().copied());
            report.failed(why.unwrap_or("it panicked"));
        }
        note(&format!(
            "{} took {:.1} s",
            scenario.name,
            begun.elapsed().as_secs_f64()
        ));
    }
    note(&format!("all took {:.1} s", all.elapsed().as_secs_f64()));
    if plan.markdown {
        print(&format!("\n{}", report.markdown()));
    }
    if report.all_hold() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

const fn short(id: &'static str, name: &'static str, run: fn(&mut Report)) -> Scenario {
    Scenario {
        id,
        name,
        has_short: true,
        run,
    }
}

const fn whole(id: &'static str, name: &'static str, run: fn(&mut Report)) -> Scenario {
    Scenario {
        id,
        name,
        has_short: false,
        run,
    }
}
