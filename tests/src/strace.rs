//! System calls that fail when a test wants them to, by the tool `strace`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::{requirements, watchdog};

/// What is to fail in a program that is started under it, and the list of what did.
///
/// Only the program itself is traced, with all of its threads: not what it starts.
#[derive(Debug)]
pub struct Strace {
    inject: String,
    dir: TempDir,
}

impl Strace {
    /// Has system calls fail as the option `inject` of `strace` says: `sendto:error=ENOBUFS`, say.
    /// None if there is no such tool here: see [`requirements`].
    pub fn inject(inject: &str) -> Option<Self> {
        requirements::strace().then(|| Self {
            inject: inject.to_owned(),
            dir: TempDir::new().unwrap(),
        })
    }

    /// A command that starts `program`. The process that it starts is the program's: its id can be
    /// asked and it can be sent signals.
    pub fn command(&self, program: &Path) -> Command {
        let calls = self.inject.split(':').next().unwrap_or_default();
        let mut command = Command::new("strace");
        command
            .args(["-D", "-f", "--detach-on=execve"])
            .arg("-o")
            .arg(self.list())
            .args(["-e", &format!("trace={calls}")])
            .args(["-e", &format!("inject={}", self.inject)])
            .args(["-e", "signal=none"])
            .arg(program);
        command
    }

    /// Whether a call has been made to fail, in the programs that have ended.
    pub fn has_injected(&self) -> bool {
        // What traces a program ends, and has written everything, a moment after it.
        let mut list = String::new();
        watchdog::eventually(Duration::from_secs(5), "the end of the list", || {
            list = fs::read_to_string(self.list()).unwrap();
            list.lines().any(|line| line.contains("+++ exited with"))
        });
        list.contains("(INJECTED)")
    }

    fn list(&self) -> PathBuf {
        self.dir.path().join("list")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Strace;

    #[test]
    fn a_call_fails_when_it_is_to() {
        let Some(strace) = Strace::inject("unlink,unlinkat:error=EPERM") else {
            return;
        };
        let mut remove = strace.command(Path::new("rm"));
        let output = remove.args(["-f", "/no/such/file"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("Operation not permitted"), "{output:?}");
        assert!(strace.has_injected());
    }

    #[test]
    fn children_are_left_alone() {
        let Some(strace) = Strace::inject("unlink,unlinkat:error=EPERM") else {
            return;
        };
        let mut shell = strace.command(Path::new("sh"));
        let script = "rm -f /no/such/file; exit $?";
        let output = shell.args(["-c", script]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(!strace.has_injected());
    }
}
