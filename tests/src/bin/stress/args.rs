//! The command line: of the run itself, and of the processes that it starts of itself.

use lexopt::ValueExt;
use lexopt::prelude::{Long, Short, Value};

use crate::scenarios;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    List,
    Run(Plan),
    /// What a process that was started by a scenario is to be.
    Child {
        role: String,
        words: Vec<String>,
    },
}

/// Which scenarios are run, and how.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) scenarios: Vec<&'static scenarios::Scenario>,
    /// Less of everything, with bounds that a shared machine can keep.
    pub(crate) short: bool,
    pub(crate) markdown: bool,
    /// How long the soak is.
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

/// In front of the words of a process that was started by a scenario.
pub(crate) const CHILD: &str = "child";
