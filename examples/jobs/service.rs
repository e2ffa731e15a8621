//! The service that the daemon and its command line tool share.

use std::fmt;

use domainsockets::{Context, service};
use serde::{Deserialize, Serialize};

/// Runs programs in the background.
#[service]
pub(crate) trait Jobs {
    /// Starts a program, and returns the number of its job. The program has the daemon's environment and
    /// working directory.
    async fn submit(&self, ctx: &Context, program: &str, args: &[String]) -> Result<u64, JobError>;

    /// Returns all jobs, the oldest first.
    #[rpc(idempotent)]
    fn list(&self) -> Vec<Job>;

    /// Returns the state of a job.
    #[rpc(idempotent)]
    fn status(&self, id: u64) -> Result<State, JobError>;

    /// Waits until a job has ended, and returns how it ended.
    #[rpc(idempotent, wait)]
    async fn wait(&self, id: u64) -> Result<State, JobError>;

    /// Kills a job's program. Its submitter and root may do that.
    async fn cancel(&self, ctx: &Context, id: u64) -> Result<(), JobError>;

    /// Returns a job's output from this byte on. Waits until there is some, or the job has ended.
    #[rpc(idempotent, wait)]
    async fn logs(&self, id: u64, from: u64) -> Result<Chunk, JobError>;
}

/// A job in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Its number.
    pub(crate) id: u64,
    /// The program, and its arguments.
    pub(crate) command: String,
    /// The user who submitted it.
    pub(crate) user: u32,
    /// Its state.
    pub(crate) state: State,
}

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// It runs.
    Running,
    /// It ended with this code.
    Exited(i32),
    /// A signal ended it, such as that of `cancel`.
    Killed(i32),
}

/// A part of a job's output, from stdout and stderr.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunk {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether these are the last ones.
    pub(crate) is_last: bool,
}

/// Why the daemon refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum JobError {
    /// There is no job of this number.
    Unknown(u64),
    /// The program cannot be started.
    NotStarted(String),
    /// The job is another user's.
    NotYours,
    /// The job has ended.
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
