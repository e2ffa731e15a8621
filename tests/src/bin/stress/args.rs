//! The command lines of the run, and of the child processes that it starts.

use lexopt::ValueExt;
use lexopt::prelude::{Long, Short, Value};

use crate::scenarios;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    List,
    Run(Plan),
    /// The role of a process that a scenario started.
    Child {
        role: String,
        words: Vec<String>,
    },
}

/// Which scenarios to run, and how.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) scenarios: Vec<&'static scenarios::Scenario>,
    /// Runs shorter scenarios, with bounds that a shared machine can keep.
    pub(crate) short: bool,
    pub(crate) markdown: bool,
    /// How many minutes the soak lasts.
    pub(crate) minutes: f64,
}

pub(crate) const HELP: &str = "\
Measures what the library does under load and after faults.

  stress [OPTION...] all | SCENARIO...

A scenario is an id, such as r-1, or a name, such as soak; --list shows them.

  --list        the scenarios
  --short       less of everything, with laxer bounds: for those that have a short form
  --minutes N   how long the soak is (5)
  --markdown    prints the figures as a table at the end

Of each figure one line is printed: id, name, target, measured, and whether the target holds. The exit
code is 1 if one is missed.
";

/// Reads the command line.
pub(crate) fn parse() -> Result<Command, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut words = Vec::new();
    let (mut short, mut markdown, mut minutes) = (false, false, 5.0);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("list") => return Ok(Command::List),
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("short") => short = true,
            Long("markdown") => markdown = true,
            Long("minutes") => minutes = parser.value()?.parse()?,
            Value(word) => words.push(word.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    if let Some((first, rest)) = words.split_first()
        && first == CHILD
        && let Some((role, words)) = rest.split_first()
    {
        return Ok(Command::Child {
            role: role.clone(),
            words: words.to_vec(),
        });
    }
    let scenarios = scenarios::chosen(&words, short)?;
    Ok(Command::Run(Plan {
        scenarios,
        short,
        markdown,
        minutes,
    }))
}

/// The first word of a child process's command line.
pub(crate) const CHILD: &str = "child";
