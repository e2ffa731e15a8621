//! The command lines of the run and of the two processes that it starts.

use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};

use crate::runtime::Flavor;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Run(Plan),
    Serve(Serve),
    Drive(Drive),
}

/// A run over peers and workloads.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) flavor: Flavor,
    /// Runs every workload once and briefly, to see whether it works, not how fast.
    pub(crate) quick: bool,
    /// The workloads to run; all if empty.
    pub(crate) workloads: Vec<String>,
    /// The peers to measure; if empty, those that take part unless named.
    pub(crate) peers: Vec<String>,
    pub(crate) rounds: Option<usize>,
    /// Another build of this program to compare this one with.
    pub(crate) beside: Option<PathBuf>,
}

/// A peer's server.
#[derive(Debug)]
pub(crate) struct Serve {
    pub(crate) flavor: Flavor,
    pub(crate) peer: String,
    pub(crate) socket: PathBuf,
}

/// A peer's client under one workload.
#[derive(Debug)]
pub(crate) struct Drive {
    pub(crate) flavor: Flavor,
    pub(crate) quick: bool,
    pub(crate) peer: String,
    pub(crate) workload: String,
    pub(crate) socket: PathBuf,
    /// The server's process id.
    pub(crate) server: u32,
}

pub(crate) const HELP: &str = "\
Measures domainsockets beside its peers, server and client in two processes.

  domainsockets-benches [OPTION...]

  --rt multi|current   tokio's multi-thread runtime (the default) or its current_thread one
  --quick              every workload once and tiny, to see that all of it works
  --only WORKLOAD,...  only these workloads, or those whose name begins so
  --peers PEER,...     only these peers
  --rounds N           how often each is measured
  --beside BINARY      compares this build with BINARY, another build of this program: measures
                       domainsockets, or the peers given, with both, round by round

A whole run writes its table and charts to benches/results; any other only prints the table.
";

/// Reads the command line.
pub(crate) fn parse() -> Result<Command, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut flavor = Flavor::Multi;
    let (mut quick, mut help) = (false, false);
    let (mut workloads, mut peers, mut rounds) = (Vec::new(), Vec::new(), None);
    let mut beside = None;
    let mut words = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("rt") => flavor = parser.value()?.parse()?,
            Long("quick") => quick = true,
            Long("only") => workloads.extend(list(&parser.value()?.string()?)),
            Long("peers") => peers.extend(list(&parser.value()?.string()?)),
            Long("rounds") => rounds = Some(parser.value()?.parse()?),
            Long("beside") => beside = Some(parser.value()?.into()),
            Long("help") | Short('h') => help = true,
            Value(word) => words.push(word.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    if help {
        return Ok(Command::Help);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(Command::Run(Plan {
            flavor,
            quick,
            workloads,
            peers,
            rounds,
            beside,
        })),
        ["serve", peer, socket] => Ok(Command::Serve(Serve {
            flavor,
            peer: (*peer).to_owned(),
            socket: socket.into(),
        })),
        ["drive", peer, workload, socket, server] => Ok(Command::Drive(Drive {
            flavor,
            quick,
            peer: (*peer).to_owned(),
            workload: (*workload).to_owned(),
            socket: socket.into(),
            server: server.parse().map_err(|error| format!("{error}"))?,
        })),
        _ => Err("there is no such command; see --help".into()),
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}
