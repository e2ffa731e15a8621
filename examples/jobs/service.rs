//! What the daemon and its command line share.

use std::fmt;

use domainsockets::{Context, service};
use serde::{Deserialize, Serialize};

/// Runs programs in the background.
#[service]
pub(crate) trait Jobs {
    /// Starts a program, and returns the number of its job. It has the daemon's environment and
    /// directory.
    async fn submit(&self, ctx: &Context, program: &str, args: &[String]) -> Result<u64, JobError>;

    /// All jobs, the oldest first.
    #[rpc(idempotent)]
    fn list(&self) -> Vec<Job>;

    /// How a job is doing.
    #[rpc(idempotent)]
    fn status(&self, id: u64) -> Result<State, JobError>;

    /// Waits until a job has ended, and says how.
    #[rpc(idempotent)]
    async fn wait(&self, id: u64) -> Result<State, JobError>;

    /// Kills a job's program. Whoever has submitted it may do that, and root.
    async fn cancel(&self, ctx: &Context, id: u64) -> Result<(), JobError>;

    /// What a job has printed from this byte on. If there is nothing yet, it waits for some, or for the
    /// job's end.
    #[rpc(idempotent)]
    async fn logs(&self, id: u64, from: u64) -> Result<Chunk, JobError>;
}

/// A job in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Its number.
    pub(crate) id: u64,
    /// The program, and its arguments.
    pub(crate) command: String,
    /// The user who has submitted it.
    pub(crate) user: u32,
    /// How it is doing.
    pub(crate) state: State,
}

/// How a job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// It runs.
    Running,
    /// It has ended with this code.
    Exited(i32),
    /// A signal has ended it: its own, or that of `cancel`.
    Killed(i32),
}

/// A part of what a job has printed, on stdout and stderr alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunk {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether nothing comes after them.
    pub(crate) is_last: bool,
}

/// Why something cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum JobError {
    /// There is no job of this number.
    Unknown(u64),
    /// The program cannot be started.
    NotStarted(String),
    /// The job is another user's.
    NotYours,
    /// The job has ended already.
    Ended,
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "there is no job {id}"),
            Self::NotStarted(reason) => write!(f, "cannot be started: {reason}"),
            Self::NotYours => f.write_str("the job is another user's"),
            Self::Ended => f.write_str("the job has ended"),
        }
    }
}

impl std::error::Error for JobError {}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Exited(code) => write!(f, "exited with {code}"),
            Self::Killed(signal) => write!(f, "killed by signal {signal}"),
        }
    }
}
