//! The options of the server.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use domainsockets::{Allow, Server, ServerBuilder};
use lexopt::{Arg, Parser, ValueExt};

/// The options of the server.
pub(crate) struct Settings {
    pub(crate) builder: ServerBuilder,
    /// Whether to print the library's log.
    pub(crate) logs: bool,
}

impl Settings {
    /// Reads the remaining arguments.
    pub(crate) fn parse(parser: &mut Parser) -> Result<Self, lexopt::Error> {
        let mut builder = Server::builder();
        let mut allow = Allow::default();
        let mut logs = false;
        while let Some(arg) = parser.next()? {
            builder = match arg {
                Arg::Long("log") => {
                    logs = true;
                    builder
                }
                Arg::Long("allow-uid") => {
                    allow = allow.uid(number(parser)?);
                    builder
                }
                Arg::Long("connections-per-user") => {
                    builder.max_connections_per_user(number(parser)?)
                }
                Arg::Long("memory-per-user") => builder.max_memory_per_user(number(parser)?),
                Arg::Long("setups-per-second") => builder.max_setups_per_second(number(parser)?),
                Arg::Long("idle-ms") => {
                    builder.idle_timeout(Duration::from_millis(number(parser)?))
                }
                Arg::Long("half-open") => builder.max_half_open(number(parser)?),
                surplus => return Err(surplus.unexpected()),
            };
        }
        Ok(Self {
            builder: builder.allow(allow),
            logs,
        })
    }
}

fn number<N: FromStr>(parser: &mut Parser) -> Result<N, lexopt::Error>
where
    N::Err: std::error::Error + Send + Sync + fmt::Display + 'static,
{
    parser.value()?.parse()
}
