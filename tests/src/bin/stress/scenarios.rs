//! All scenarios, and running those that were chosen.

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

/// Something that is done to servers and clients, and measured.
#[derive(Debug)]
pub(crate) struct Scenario {
    id: &'static str,
    name: &'static str,
    /// Whether there is a form of a few seconds.
    has_short: bool,
    run: fn(&mut Report),
}

/// All of them, in the order in which they are run.
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

/// What `--list` shows.
pub(crate) fn list() -> String {
    let mut text = String::new();
    for scenario in &ALL {
        let short = if scenario.has_short { "--short" } else { "" };
        // Nothing can fail here: a string takes all.
        let _ = writeln!(text, "{:<5} {:<16} {short}", scenario.id, scenario.name);
    }
    text
}

/// Those of these ids or names.
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

/// Runs what was chosen, and tells by the exit code whether all holds.
pub(crate) fn run(plan: &Plan) -> ExitCode {
    let mut report = Report::new(plan.short, plan.minutes);
    let all = Instant::now();
    for scenario in &plan.scenarios {
        report.begin(scenario.id);
        let begun = Instant::now();
        // What a scenario has started ends as it unwinds.
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
