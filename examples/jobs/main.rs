//! A daemon that runs programs in the background, and its command line tool. `service.rs` is what both share,
//! `runner.rs` is the daemon's implementation.
//!
//! ```text
//! cargo run --example jobs -- serve &
//! cargo run --example jobs -- submit sh -c 'echo hello; sleep 5'
//! cargo run --example jobs -- logs 1
//! ```

mod job;
mod runner;
mod service;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use domainsockets::{CallError, Client, Error as RpcError, Server};
use lexopt::{Arg, Parser, ValueExt};
use tokio::signal::unix::{SignalKind, signal};

use crate::runner::Runner;
use crate::service::{Chunk, Job, JobsClient, JobsServer, State};

const USAGE: &str = "\
Usage: jobs [--name NAME] serve
       jobs [--name NAME] submit PROGRAM [ARG...] | list | status ID | wait ID | logs ID | cancel ID

`serve` prints `ready`, and runs submitted programs until SIGTERM or SIGINT. NAME is a file in the temp
dir or an absolute path, domainsockets-jobs by default.";

#[tokio::main]
async fn main() -> ExitCode {
    let (code, text) = match run(Parser::from_env()).await {
        Ok(()) => return ExitCode::SUCCESS,
        Err(error) if error.is::<lexopt::Error>() => (2, format!("{error}\n\n{USAGE}")),
        Err(error) => (1, error.to_string()),
    };
    // If stderr fails, there is nowhere to report it.
    let _ = writeln!(io::stderr(), "jobs: {text}");
    ExitCode::from(code)
}

async fn run(mut parser: Parser) -> Result<(), Box<dyn Error>> {
    let mut name = OsString::from("domainsockets-jobs");
    let command = loop {
        match parser.next()? {
            Some(Arg::Long("name")) => name = parser.value()?,
            Some(Arg::Value(command)) => break command.string()?,
            Some(other) => return Err(other.unexpected().into()),
            None => return Err(lexopt::Error::from("missing a command").into()),
        }
    };
    // Words after the command belong to it: `submit ls -l` has no option `-l`.
    let mut words = parser.raw_args()?.map(ValueExt::string);
    if command == "serve" {
        return serve(name).await;
    }
    let jobs = JobsClient::new(Client::dial(name).await?);
    let mut out = io::stdout();
    match command.as_str() {
        "submit" => {
            let program = words.next().ok_or("missing PROGRAM")??;
            let args = words.collect::<Result<Vec<_>, _>>()?;
            writeln!(out, "{}", jobs.submit(&program, &args).await?)?;
        }
        "list" => {
            for Job {
                id, command, state, ..
            } in jobs.list().await?
            {
                writeln!(out, "{id}\t{state}\t{command}")?;
            }
        }
        "status" => writeln!(out, "{}", jobs.status(number(words.next())?).await?)?,
        "wait" => writeln!(out, "{}", wait(&jobs, number(words.next())?).await?)?,
        "logs" => follow(&jobs, number(words.next())?).await?,
        "cancel" => jobs.cancel(number(words.next())?).await?,
        other => {
            let error = format!("there is no command {other:?}");
            return Err(lexopt::Error::from(error).into());
        }
    }
    Ok(())
}

async fn serve(name: OsString) -> Result<(), Box<dyn Error>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::bind(name)?
        .add_service(JobsServer::new(Runner::default()))?
        .start()?;
    writeln!(io::stdout(), "ready")?;
    let stopped = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    server.run_until(stopped).await?;
    Ok(())
}

/// Waits for a job's end indefinitely: each call waits until its deadline.
async fn wait(jobs: &JobsClient, id: u64) -> Result<State, Box<dyn Error>> {
    loop {
        match jobs.wait(id).await {
            Err(CallError::Call(RpcError::DeadlineExceeded { .. })) => {}
            ended => return Ok(ended?),
        }
    }
}

/// Prints a job's output until the job has ended.
async fn follow(jobs: &JobsClient, id: u64) -> Result<(), Box<dyn Error>> {
    let mut from = 0;
    loop {
        let Chunk { bytes, is_last } = match jobs.logs(id, from).await {
            Err(CallError::Call(RpcError::DeadlineExceeded { .. })) => continue,
            chunk => chunk?,
        };
        io::stdout().write_all(&bytes)?;
        if is_last {
            return Ok(());
        }
        from += u64::try_from(bytes.len())?;
    }
}

fn number(word: Option<Result<String, lexopt::Error>>) -> Result<u64, lexopt::Error> {
    let word = word.ok_or("missing ID")??;
    word.parse()
        .map_err(|_| format!("{word:?} is not the number of a job").into())
}
