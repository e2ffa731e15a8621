//! A server and a caller for tests: each handler does one thing that a server can do, and the caller prints how
//! its calls ended.
//!
//! ```text
//! cargo run --example peer -- serve lab
//! cargo run --example peer -- call lab size --data 1000000
//! cargo run --example peer -- call lab echo --data hello --count 10000 --concurrency 64
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::{self, Write as _};
use std::future;
use std::io;
use std::iter;
use std::panic;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domainsockets::{Allow, Bytes, Client, Request, systemd};
use lexopt::{Arg, Parser, ValueExt};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::notices::Notices;
use crate::settings::Settings;

#[path = "peer/log.rs"]
mod log;
#[path = "peer/notices.rs"]
mod notices;
#[path = "peer/settings.rs"]
mod settings;

const USAGE: &str = "\
Usage: peer serve NAME [--log] [--allow-uid UID]... [--connections-per-user N]
                       [--memory-per-user BYTES] [--setups-per-second N] [--half-open N]
                       [--idle-ms MS]
       peer call NAME HANDLER [--data TEXT | --data-hex HEX | --size N] [--count N]
                              [--concurrency C] [--deadline-ms MS] [--dial-ms MS]
                              [--allow-uid UID]...

`serve` binds NAME, or takes the socket that systemd passes, prints `ready`, and answers until SIGTERM
or SIGINT:
  echo   replies with its data          fail   fails with its data as the error
  size   replies with N pattern bytes   panic  panics
  sleep  replies after N milliseconds   count  replies how often it was called
  hang   never ends
  whoami replies with the caller's process, user and group
  notify_drop  never ends, and counts when its future is dropped
  dropped      replies how many of those futures were dropped, such as `3 of 100`
The data of `size` and `sleep` are the decimal N. Byte i of a pattern is i % 251. With --log it prints
the library's log on stderr, one line for each event up to the level debug. Besides its own user and
root it serves the users of --allow-uid, each within the given limits. Both commands ignore SIGALRM.

`call` prints `ok LENGTH HEX`, with at most 64 bytes of the reply, or `err CAUSE TEXT`. With a
--count over 1 it prints how often each outcome occurred, such as `ok 990 Panicked 10`; --concurrency
callers (1) share the connection. Besides its own user and root the users of --allow-uid may serve it.
It exits with 0 if all calls were ok, else with 1.

NAME is a file in the temp dir ($TMPDIR), or an absolute path.";

#[tokio::main]
async fn main() -> ExitCode {
    // The signals are never read. Tests send them to interrupt system calls, for which a handler suffices.
    let _alarms = signal(SignalKind::alarm());
    let args = match Args::parse(Parser::from_env()) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("peer: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match args {
        Args::Help => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Args::Serve { name, settings } => {
            if settings.logs {
                log::to(io::stderr());
            }
            match serve(&name, settings).await {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("peer: {}", describe(error.as_ref()));
                    ExitCode::FAILURE
                }
            }
        }
        Args::Call(calls) => {
            let tally = calls.run().await;
            println!("{tally}");
            if tally.all_ok() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

// The command line.

enum Args {
    Help,
    Serve { name: OsString, settings: Settings },
    Call(Calls),
}

/// The arguments of `peer call`.
struct Calls {
    name: OsString,
    handler: String,
    data: Bytes,
    count: u64,
    concurrency: u64,
    deadline: Option<Duration>,
    dial_timeout: Option<Duration>,
    allow: Allow,
}

impl Args {
    fn parse(mut parser: Parser) -> Result<Self, lexopt::Error> {
        match parser.next()? {
            Some(Arg::Long("help") | Arg::Short('h')) => Ok(Self::Help),
            Some(Arg::Value(command)) if command == "serve" => {
                let name = positional(&mut parser, "NAME")?;
                let settings = Settings::parse(&mut parser)?;
                Ok(Self::Serve { name, settings })
            }
            Some(Arg::Value(command)) if command == "call" => {
                Calls::parse(&mut parser).map(Self::Call)
            }
            Some(other) => Err(other.unexpected()),
            None => Err("missing a command".into()),
        }
    }
}

impl Calls {
    fn parse(parser: &mut Parser) -> Result<Self, lexopt::Error> {
        let name = positional(parser, "NAME")?;
        let handler = positional(parser, "HANDLER")?.string()?;
        let mut data = None;
        let (mut count, mut concurrency) = (1, 1);
        let (mut deadline, mut dial_timeout) = (None, None);
        let mut allow = Allow::default();
        while let Some(arg) = parser.next()? {
            let given = match arg {
                Arg::Long("data") => Bytes::from(parser.value()?.string()?),
                Arg::Long("data-hex") => parser.value()?.parse_with(unhex)?.into(),
                Arg::Long("size") => parser.value()?.parse_with(pattern)?.into(),
                Arg::Long("count") => {
                    count = parser.value()?.parse_with(positive)?;
                    continue;
                }
                Arg::Long("concurrency") => {
                    concurrency = parser.value()?.parse_with(positive)?;
                    continue;
                }
                Arg::Long("deadline-ms") => {
                    deadline = Some(parser.value()?.parse_with(millis)?);
                    continue;
                }
                Arg::Long("dial-ms") => {
                    dial_timeout = Some(parser.value()?.parse_with(millis)?);
                    continue;
                }
                Arg::Long("allow-uid") => {
                    allow = allow.uid(parser.value()?.parse_with(decimal)?);
                    continue;
                }
                other => return Err(other.unexpected()),
            };
            if data.replace(given).is_some() {
                return Err("the data is given twice".into());
            }
        }
        Ok(Self {
            name,
            handler,
            data: data.unwrap_or_default(),
            count,
            concurrency,
            deadline,
            dial_timeout,
            allow,
        })
    }
}

fn positional(parser: &mut Parser, what: &str) -> Result<OsString, lexopt::Error> {
    match parser.next()? {
        Some(Arg::Value(value)) => Ok(value),
        Some(option) => Err(option.unexpected()),
        None => Err(format!("missing {what}").into()),
    }
}

// The server.

async fn serve(name: &OsString, settings: Settings) -> Result<(), Box<dyn Error>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let counted = Arc::new(AtomicU64::new(0));
    let count = move |_| {
        let calls = counted.fetch_add(1, Ordering::Relaxed) + 1;
        future::ready(Ok::<_, Infallible>(calls.to_string()))
    };
    let begun = Notices::default();
    let told = begun.clone();
    let bound = match systemd::take_socket()? {
        Some(socket) => settings.builder.adopt(socket)?,
        None => settings.builder.bind(name)?,
    };
    let server = bound
        .register("echo", echo)?
        .register("size", size)?
        .register("sleep", sleep)?
        .register("hang", hang)?
        .register("fail", fail)?
        .register("panic", unwind)?
        .register("count", count)?
        .register("notify_drop", move |_| begun.next().never())?
        .register("dropped", move |_| {
            future::ready(Ok::<_, Infallible>(told.to_string()))
        })?
        .register("whoami", whoami)?
        .start()?;
    systemd::ready()?;
    println!("ready");
    let stopped = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    server.grace(GRACE).run_until(stopped).await?;
    Ok(())
}

async fn echo(request: Request) -> Result<Bytes, Infallible> {
    Ok(request.into_data())
}

async fn size(request: Request) -> Result<Vec<u8>, String> {
    text(&request).and_then(pattern)
}

async fn sleep(request: Request) -> Result<Bytes, String> {
    tokio::time::sleep(text(&request).and_then(millis)?).await;
    Ok(request.into_data())
}

async fn hang(_: Request) -> Result<Bytes, Infallible> {
    future::pending().await
}

async fn fail(request: Request) -> Result<Bytes, String> {
    Err(text(&request)?.to_owned())
}

async fn whoami(request: Request) -> Result<String, &'static str> {
    let peer = request.peer().ok_or("a remote caller")?;
    let (pid, uid, gid) = (peer.pid().unwrap_or_default(), peer.uid(), peer.gid());
    Ok(format!("{pid} {uid} {gid}"))
}

async fn unwind(_: Request) -> Result<Bytes, Infallible> {
    // A panic without a message on stderr, which would hide messages of unexpected panics.
    panic::resume_unwind(Box::new("as asked"))
}

// The caller.

/// The outcomes of the calls.
enum Tally {
    /// The outcome of the only call, or of dialling.
    One(Result<Bytes, domainsockets::Error>),
    /// How often each outcome occurred: success, and errors by their names.
    Many {
        ok: u64,
        failed: BTreeMap<&'static str, u64>,
    },
}

impl Calls {
    async fn run(self) -> Tally {
        let mut builder = Client::builder().allow(self.allow.clone());
        if let Some(deadline) = self.deadline {
            builder = builder.deadline(deadline);
        }
        if let Some(timeout) = self.dial_timeout {
            builder = builder.dial_timeout(timeout);
        }
        match builder.dial(&self.name).await {
            Err(error) => Tally::One(Err(error)),
            Ok(client) if self.count == 1 => {
                Tally::One(client.call(&self.handler, self.data).await)
            }
            Ok(client) => self.run_many(&client).await,
        }
    }

    async fn run_many(self, client: &Client) -> Tally {
        let begun = Arc::new(AtomicU64::new(0));
        let mut callers = JoinSet::new();
        for _ in 0..self.concurrency.min(self.count) {
            let (client, handler, data) = (client.clone(), self.handler.clone(), self.data.clone());
            let (begun, count) = (Arc::clone(&begun), self.count);
            callers.spawn(async move {
                let mut outcomes = Vec::new();
                while begun.fetch_add(1, Ordering::Relaxed) < count {
                    let called = client.call(&handler, data.clone()).await;
                    outcomes.push(called.err().map(|error| error.name()));
                }
                outcomes
            });
        }
        let (mut ok, mut failed) = (0, BTreeMap::new());
        for outcome in callers.join_all().await.into_iter().flatten() {
            match outcome {
                None => ok += 1,
                Some(cause) => *failed.entry(cause).or_default() += 1,
            }
        }
        Tally::Many { ok, failed }
    }
}

impl Tally {
    fn all_ok(&self) -> bool {
        match self {
            Self::One(called) => called.is_ok(),
            Self::Many { failed, .. } => failed.is_empty(),
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(Ok(reply)) => write!(f, "ok {} {}", reply.len(), hex(reply)),
            Self::One(Err(error)) => {
                write!(f, "err {} {}", error.name(), one_line(&describe(error)))
            }
            Self::Many { ok, failed } => {
                let ok = Some(("ok", *ok)).filter(|(_, times)| *times > 0);
                let failed = failed.iter().map(|(cause, times)| (*cause, *times));
                let counts: Vec<_> = ok
                    .into_iter()
                    .chain(failed)
                    .map(|(outcome, times)| format!("{outcome} {times}"))
                    .collect();
                f.write_str(&counts.join(" "))
            }
        }
    }
}

// Texts and bytes.

fn text(request: &Request) -> Result<&str, String> {
    str::from_utf8(request.data()).map_err(|error| error.to_string())
}

/// Returns `len` bytes, a decimal number, of the pattern that tests expect.
fn pattern(len: &str) -> Result<Vec<u8>, String> {
    let len: usize = decimal(len)?;
    if PATTERN_LIMIT < len {
        return Err(format!("{len} bytes are more than {PATTERN_LIMIT}"));
    }
    let period: Vec<u8> = (0..251).collect();
    let mut pattern = period.repeat(len.div_ceil(period.len()));
    pattern.truncate(len);
    Ok(pattern)
}

fn millis(decimal_text: &str) -> Result<Duration, String> {
    decimal(decimal_text).map(Duration::from_millis)
}

fn positive(decimal_text: &str) -> Result<u64, String> {
    match decimal(decimal_text)? {
        0 => Err("it has to be at least 1".to_owned()),
        number => Ok(number),
    }
}

fn decimal<N: FromStr>(text: &str) -> Result<N, String>
where
    N::Err: fmt::Display,
{
    text.parse()
        .map_err(|error| format!("{text:?} is no number: {error}"))
}

fn unhex(digits: &str) -> Result<Vec<u8>, String> {
    let byte = |pair: &[u8]| {
        let pair = str::from_utf8(pair).ok()?;
        // `from_str_radix` accepts a sign.
        let digits = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        u8::from_str_radix(pair, 16).ok().filter(|_| digits)
    };
    let bytes: Option<_> = digits.as_bytes().chunks(2).map(byte).collect();
    bytes.ok_or_else(|| "it does not consist of pairs of hexadecimal digits".to_owned())
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in bytes.iter().take(SHOWN) {
        // Writing to a string does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Returns the text of an error and of its sources.
fn describe(error: &dyn Error) -> String {
    let causes = iter::successors(Some(error), |error| (*error).source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() {
            line.extend(char.escape_default());
        } else {
            line.push(char);
        }
    }
    line
}

/// How long running calls may take to finish when the server shuts down.
const GRACE: Duration = Duration::from_millis(500);

/// The longest pattern in bytes: several times the size of any message.
const PATTERN_LIMIT: usize = 256 << 20;

/// How many bytes of a reply it prints.
const SHOWN: usize = 64;
