//! Measures what the library does under load and after faults: killed and stopped peers, floods, churn,
//! hostile clients, and a soak. Servers, load and attackers are child processes that run this same
//! program, and end with it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure in a scenario ends it, and is reported"
)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are rounded anyway"
)]

mod args;
mod child;
mod clock;
mod compare;
mod histogram;
mod process;
mod raw;
mod readings;
mod report;
mod roles;
mod scenarios;
mod settings;
mod statistics;

mod cancel;
mod churn;
mod emfile;
mod errno;
mod flood;
mod idle;
mod inject;
mod kill;
mod latency;
mod panics;
mod security;
mod shutdown;
mod slowloris;
mod soak;
mod stopped;

use std::process::ExitCode;

use crate::args::Command;

fn main() -> ExitCode {
    match args::parse() {
        Ok(Command::Help) => print(args::HELP),
        Ok(Command::List) => print(&scenarios::list()),
        Ok(Command::Run(plan)) => return scenarios::run(&plan),
        Ok(Command::Child { role, words }) => return roles::run(&role, &words),
        Err(error) => {
            note(&format!("stress: {error}"));
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Writes figures, or a child's readings, to stdout. Everything else is written to stderr.
fn print(text: &str) {
    use std::io::Write as _;
    let mut stdout = std::io::stdout().lock();
    // A closed stdout is no reason to stop.
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

/// Reports progress on stderr.
fn note(text: &str) {
    use std::io::Write as _;
    // A closed stderr is no reason to stop.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
