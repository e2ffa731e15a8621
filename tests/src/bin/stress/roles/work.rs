//! What a caller does repeatedly.

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use domainsockets::{Bytes, Client, Error};
use tests::wire::pattern;

use crate::settings::Settings;

/// One piece of work, and its expected outcome.
#[derive(Clone, Debug)]
pub(super) enum Work {
    Echo(Bytes),
    /// Connects, echoes, and closes the connection.
    Dial(PathBuf, Bytes),
    /// Makes calls of all kinds and sizes.
    Mixed(Bytes),
    /// Makes calls and cancels them as soon as they begin.
    Cancel,
    /// Makes calls of which one in a hundred panics, and the others echo.
    Panic(Bytes),
}

/// The outcome of a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Good,
    /// A failure that was expected.
    Expected(&'static str),
    Bad(&'static str),
}

impl Work {
    pub(super) fn parse(path: &Path, settings: &Settings) -> Self {
        let data = Bytes::from(pattern(settings.or("size", 64)));
        match settings.or("work", "echo".to_owned()).as_str() {
            "echo" => Self::Echo(data),
            "dial" => Self::Dial(path.to_owned(), data),
            "mixed" => Self::Mixed(Bytes::from(pattern(1 << 16))),
            "cancel" => Self::Cancel,
            "panic" => Self::Panic(data),
            other => panic!("there is no work {other}"),
        }
    }

    /// Returns whether the work uses an existing connection.
    pub(super) const fn takes_connection(&self) -> bool {
        !matches!(self, Self::Dial(..))
    }

    pub(super) async fn dial(&self) -> Outcome {
        let Self::Dial(path, data) = self else {
            return Outcome::Good;
        };
        match Client::dial(path).await {
            Ok(client) => echo(&client, data).await,
            Err(error) => Outcome::Bad(error.name()),
        }
    }

    pub(super) async fn call(&self, client: &Client, dice: &mut Dice) -> Outcome {
        match self {
            Self::Dial(..) => self.dial().await,
            Self::Echo(data) => echo(client, data).await,
            Self::Panic(data) => match dice.throw(100) {
                0 => panics(client, data).await,
                _ => echo(client, data).await,
            },
            Self::Cancel => begin(client, b"10").await,
            Self::Mixed(data) => match dice.throw(1000) {
                0..50 => begin(client, b"5").await,
                50..60 => panics(client, &data.slice(..8)).await,
                60..70 => match client.call("nothing", "").await {
                    Err(Error::UnknownHandler { .. }) => Outcome::Expected("unknown"),
                    other => Outcome::Bad(cause(&other)),
                },
                70..90 => echo(client, &data.slice(..dice.throw(1 << 16))).await,
                90..200 => echo(client, &data.slice(..dice.throw(1 << 12))).await,
                _ => echo(client, &data.slice(..dice.throw(256))).await,
            },
        }
    }
}

async fn echo(client: &Client, data: &Bytes) -> Outcome {
    match client.call("echo", data.clone()).await {
        Ok(reply) if reply == data => Outcome::Good,
        other => Outcome::Bad(cause(&other)),
    }
}

async fn panics(client: &Client, data: &Bytes) -> Outcome {
    match client.call("panic", data.clone()).await {
        Err(Error::Panicked { .. }) => Outcome::Expected("panicked"),
        other => Outcome::Bad(cause(&other)),
    }
}

/// Begins a call of `sleep`, yields, and cancels it.
async fn begin(client: &Client, millis: &'static [u8]) -> Outcome {
    let mut call = pin!(client.call("sleep", millis));
    let over = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
    tokio::task::yield_now().await;
    match over {
        Poll::Pending => Outcome::Expected("cancelled"),
        Poll::Ready(early) => Outcome::Bad(cause(&early)),
    }
}

/// Returns why a call failed, or that it succeeded unexpectedly.
fn cause(result: &Result<Bytes, Error>) -> &'static str {
    result.as_ref().map_or_else(Error::name, |_| WRONG)
}

/// The outcome of a reply that belongs to another call.
pub(super) const WRONG: &str = "wrong";

/// The pause after a call that failed.
pub(super) const PAUSE: Duration = Duration::from_millis(5);

/// Random numbers, the same in each run.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) const fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % sides as u64) as usize
    }
}
