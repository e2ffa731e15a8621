//! The command line.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};

pub(crate) const USAGE: &str = "\
Usage: kv serve [--name NAME] [--store FILE]
       kv load FILE | get KEY | raw KEY | list [PREFIX] | put KEY VALUE | remove KEY [--name NAME]

`serve` prints `ready`, and answers until SIGTERM or SIGINT. The other commands call the daemon:
  load    stores the lines of a file, such as /etc/services
  get     prints the value of a key
  raw     does the same without the stub, and prints the bytes
  list    prints the entries whose keys begin with a prefix, one a line
  put     stores a value
  remove  removes a key

A line of a file is KEY VALUE. A # begins a comment. If the value begins like 22/tcp, the key becomes
KEY/tcp. The values of a key that occurs several times become lines of one value.

NAME is a file in the temp dir or an absolute path, domainsockets-kv by default. FILE is
domainsockets-kv/store.log in $XDG_STATE_HOME or ~/.local/state by default.";

/// The arguments of the program.
#[derive(Debug)]
pub(crate) struct Args {
    /// The server's name.
    pub(crate) name: OsString,
    pub(crate) command: Command,
}

#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Serve { store: PathBuf },
    Load { file: PathBuf },
    Get { key: String },
    Raw { key: String },
    List { prefix: String },
    Put { key: String, value: String },
    Remove { key: String },
}

impl Args {
    pub(crate) fn parse(mut parser: Parser) -> Result<Self, lexopt::Error> {
        let mut name = OsString::from("domainsockets-kv");
        let mut store = None;
        let mut help = false;
        let mut words = Vec::new();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Value(word) => words.push(word),
                Arg::Long("name") => name = parser.value()?,
                Arg::Long("store") => store = Some(PathBuf::from(parser.value()?)),
                Arg::Long("help") | Arg::Short('h') => help = true,
                _ => return Err(arg.unexpected()),
            }
        }
        if help {
            let command = Command::Help;
            return Ok(Self { name, command });
        }
        let mut words = Words(words.into_iter());
        let command = match words.text("a command")?.as_str() {
            "serve" => {
                let store = store.take().or_else(default_store);
                let store = store.ok_or("there is no $HOME, so --store is needed")?;
                Command::Serve { store }
            }
            "load" => Command::Load {
                file: words.next("FILE")?.into(),
            },
            "get" => Command::Get {
                key: words.text("KEY")?,
            },
            "raw" => Command::Raw {
                key: words.text("KEY")?,
            },
            "list" => Command::List {
                prefix: words.text("PREFIX").unwrap_or_default(),
            },
            "put" => Command::Put {
                key: words.text("KEY")?,
                value: words.text("VALUE")?,
            },
            "remove" => Command::Remove {
                key: words.text("KEY")?,
            },
            other => return Err(format!("there is no command {other:?}").into()),
        };
        if store.is_some() {
            return Err("--store belongs to `serve`".into());
        }
        words.end()?;
        Ok(Self { name, command })
    }
}

/// The arguments that are not options.
struct Words(std::vec::IntoIter<OsString>);

impl Words {
    fn next(&mut self, what: &str) -> Result<OsString, lexopt::Error> {
        let word = self.0.next();
        word.ok_or_else(|| format!("missing {what}").into())
    }

    fn text(&mut self, what: &str) -> Result<String, lexopt::Error> {
        self.next(what)?.string()
    }

    fn end(mut self) -> Result<(), lexopt::Error> {
        match self.0.next() {
            Some(surplus) => Err(Arg::Value(surplus).unexpected()),
            None => Ok(()),
        }
    }
}

fn default_store() -> Option<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|dir| dir.is_absolute())
    };
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("domainsockets-kv/store.log"))
}
