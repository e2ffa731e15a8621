//! A key-value daemon and its command line tool, as two processes. `service.rs` is what both share, `store.rs`
//! is the daemon's implementation.
//!
//! ```text
//! cargo run --example kv -- serve &
//! cargo run --example kv -- load /etc/services
//! cargo run --example kv -- get ssh/tcp
//! ```

mod args;
mod commands;
mod daemon;
mod lines;
mod log;
mod raw;
mod record;
mod service;
mod store;

use std::error::Error;
use std::io::{self, Write};
use std::iter;
use std::process::ExitCode;

use domainsockets::Client;
use lexopt::Parser;

use crate::args::{Args, Command, USAGE};

#[tokio::main]
async fn main() -> ExitCode {
    let (code, text) = match Args::parse(Parser::from_env()) {
        Err(error) => (2, format!("{error}\n\n{USAGE}")),
        Ok(args) => match run(args).await {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => (1, describe(error.as_ref())),
        },
    };
    // If stderr fails, there is nowhere to report it.
    let _ = writeln!(io::stderr(), "kv: {text}");
    ExitCode::from(code)
}

async fn run(Args { name, command }: Args) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Help => writeln!(io::stdout(), "{USAGE}")?,
        Command::Serve { store } => daemon::serve(&name, &store).await?,
        command => commands::run(Client::dial(name).await?, command).await?,
    }
    Ok(())
}

/// Returns the text of an error and of its sources.
fn describe(error: &dyn Error) -> String {
    let causes = iter::successors(Some(error), |error| (*error).source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}
