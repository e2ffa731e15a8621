//! A command line tool without a runtime, for a daemon whose calls can take long: it sets a deadline and metadata,
//! makes several calls at a time over one connection, and cancels them on Ctrl-C.
//!
//! ```text
//! cargo run --example factor -- serve &
//! cargo run --example factor -- 360 600851475143
//! cargo run --example factor -- --deadline 5 170141183460469231731687303715884105727
//! ```

mod daemon;
mod service;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use domainsockets::{CallError, CallOptions, Canceller, Error as RpcError};
use lexopt::{Arg, Parser, ValueExt};
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use tokio::runtime::Runtime;

use crate::service::FactorBlockingClient;

const USAGE: &str = "\
Usage: factor [--deadline SECONDS] [--caller NAME] NUMBER...
       factor serve

`serve` prints `ready`, and answers until SIGTERM. Otherwise it prints the prime factors of each number. It
exits with 1 if a call fails, and with 130 after Ctrl-C.";

/// The daemon's name.
const NAME: &str = "domainsockets-factor";

/// The arguments of the program.
enum Args {
    Serve,
    Factor {
        options: CallOptions,
        numbers: Vec<u128>,
    },
}

fn main() -> ExitCode {
    let (code, text) = match Args::parse(Parser::from_env()) {
        Err(error) => (2, format!("{error}\n\n{USAGE}")),
        Ok(args) => match args.run() {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => match error.downcast_ref() {
                Some(RpcError::Cancelled) => (130, error.to_string()),
                _ => (1, error.to_string()),
            },
        },
    };
    // If stderr fails, there is nowhere to report it.
    let _ = writeln!(io::stderr(), "factor: {text}");
    ExitCode::from(code)
}

impl Args {
    fn parse(mut parser: Parser) -> Result<Self, lexopt::Error> {
        let mut options = CallOptions::new();
        let mut numbers = Vec::new();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("deadline") => {
                    options.set_deadline(Duration::from_secs(parser.value()?.parse()?));
                }
                Arg::Long("caller") => options.set_metadata("caller", parser.value()?.string()?),
                Arg::Value(word) if word == "serve" && numbers.is_empty() => {
                    return Ok(Self::Serve);
                }
                Arg::Value(word) => numbers.push(word.parse()?),
                _ => return Err(arg.unexpected()),
            }
        }
        if numbers.is_empty() {
            return Err("missing NUMBER".into());
        }
        Ok(Self::Factor { options, numbers })
    }

    fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Serve => Runtime::new()?.block_on(daemon::serve()),
            Self::Factor { options, numbers } => factor(options, &numbers),
        }
    }
}

/// Prints the factors of each number.
fn factor(options: CallOptions, numbers: &[u128]) -> Result<(), Box<dyn Error>> {
    let options = options.cancelled_by(&cancelled_by_ctrl_c()?);
    let factor = &FactorBlockingClient::dial(NAME)?.with(options);
    // Threads share the connection, and their calls are in flight at the same time.
    let results: Vec<_> = thread::scope(|scope| {
        let call = |&number| scope.spawn(move || factor.factor(number));
        let calls: Vec<_> = numbers.iter().map(call).collect();
        calls.into_iter().map(ScopedJoinHandle::join).collect()
    });
    for (number, result) in numbers.iter().zip(results) {
        let factors = match result.map_err(|_| "a thread panicked")? {
            Ok(factors) => factors,
            Err(CallError::Method(refusal)) => return Err(format!("{number}: {refusal}").into()),
            Err(CallError::Call(error)) => return Err(error.into()),
        };
        let factors: Vec<_> = factors.iter().map(u128::to_string).collect();
        writeln!(io::stdout(), "{number}: {}", factors.join(" "))?;
    }
    Ok(())
}

/// Returns a canceller that Ctrl-C uses, in a thread that handles the signal.
fn cancelled_by_ctrl_c() -> io::Result<Canceller> {
    let canceller = Canceller::new();
    let of_thread = canceller.clone();
    let mut signals = Signals::new([SIGINT])?;
    thread::spawn(move || {
        for _ in signals.forever() {
            of_thread.cancel();
        }
    });
    Ok(canceller)
}
