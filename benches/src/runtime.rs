//! The tokio runtime of both processes.

use std::fmt;
use std::str::FromStr;

use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// One of tokio's two runtimes, with its default settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    Multi,
    Current,
}

impl Flavor {
    /// Runs a future to its end, including tasks of its thread.
    pub(crate) fn block_on<F: Future>(self, future: F) -> std::io::Result<F::Output> {
        Ok(self.build()?.block_on(LocalSet::new().run_until(future)))
    }

    fn build(self) -> std::io::Result<Runtime> {
        match self {
            Self::Multi => Builder::new_multi_thread(),
            Self::Current => Builder::new_current_thread(),
        }
        .enable_all()
        .build()
    }
}

impl FromStr for Flavor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "multi" => Ok(Self::Multi),
            "current" => Ok(Self::Current),
            _ => Err(format!("{text} is neither multi nor current")),
        }
    }
}

impl fmt::Display for Flavor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Multi => "multi",
            Self::Current => "current",
        })
    }
}
