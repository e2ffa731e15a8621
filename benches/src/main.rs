//! Compares domainsockets with the alternatives, each as two processes. `benches/README.md` says how to
//! run it and what the numbers mean.

mod args;
mod charts;
mod comparison;
mod goals;
mod load;
mod machine;
mod metric;
mod peers;
mod process;
mod report;
mod results;
mod run;
mod runtime;
mod work;
mod workloads;

use std::process::ExitCode;

use crate::args::Command;

fn main() -> ExitCode {
    execute().unwrap_or_else(|error| {
        note(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

fn execute() -> anyhow::Result<ExitCode> {
    match args::parse()? {
        Command::Help => {
            print(args::HELP)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Run(plan) => run::run(&plan),
        Command::Serve(serve) => process::serve(&serve).map(|()| ExitCode::SUCCESS),
        Command::Drive(drive) => process::drive(&drive).map(|()| ExitCode::SUCCESS),
    }
}

/// Writes results to stdout. Progress is written to stderr.
fn print(text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Reports progress on stderr.
fn note(text: &str) {
    use std::io::Write as _;
    // A closed stderr is no reason to stop.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
