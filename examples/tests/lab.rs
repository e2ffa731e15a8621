//! A test's own directory, in which its processes find each other.

use std::env;
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::time::timeout;

/// A directory that is the temp dir of the processes started in it.
pub(crate) struct Lab {
    dir: TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        // The name is short, since a socket's path has at most 107 bytes.
        let dir = tempfile::Builder::new().prefix("ex").tempdir();
        Self {
            dir: dir.expect("there is room for a directory"),
        }
    }

    /// Returns the command that runs an example in the lab.
    pub(crate) fn example<const N: usize>(&self, name: &str, args: [&str; N]) -> Command {
        let mut command = self.command(example(name));
        command.args(args);
        command
    }

    /// Returns the command that runs a program in the lab.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env("TMPDIR", self.dir.path())
            .env("XDG_STATE_HOME", self.path("state"));
        command
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Returns the names of the files in the directory, in order. Those of lock files, which servers leave for
    /// their next start, are not among them.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).expect("the directory is there");
        let names = entries.map(|entry| entry.expect("it can be listed").file_name());
        let mut names: Vec<_> = names
            .map(|name| name.to_string_lossy().into_owned())
            .filter(|name| {
                let is_lock = Path::new(name).extension().is_some_and(|end| end == "lock");
                !(is_lock && name.starts_with('.'))
            })
            .collect();
        names.sort();
        names
    }
}

/// Runs the asynchronous part of a test, for a minute at most.
pub(crate) fn block_on<F: Future>(test: F) -> F::Output {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.expect("threads can be started");
    runtime.block_on(async {
        timeout(Duration::from_secs(60), test)
            .await
            .expect("done within a minute")
    })
}

/// Returns the executable of an example, in the directory above the tests.
fn example(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a process has a path");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("it is target/PROFILE/deps/TEST");
    let path = profile.join("examples").join(name);
    assert!(
        path.exists(),
        "{} is missing: run `cargo build --examples`",
        path.display()
    );
    path
}
