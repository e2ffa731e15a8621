//! System calls that the tool `strace` makes fail.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::{requirements, watchdog};

/// The faults to inject into a program, and the list of those that were injected.
///
/// Traces only the program itself, with all of its threads, and not its child processes.
#[derive(Debug)]
pub struct Strace {
    inject: String,
    dir: TempDir,
}

impl Strace {
    /// Injects faults as the option `inject` of `strace` says, for example `sendto:error=ENOBUFS`.
    /// Returns `None` if the tool is missing: see [`requirements`].
    pub fn inject(inject: &str) -> Option<Self> {
        requirements::strace().then(|| Self {
            inject: inject.to_owned(),
            dir: TempDir::new().unwrap(),
        })
    }

    /// Returns a command that starts `program`. The process that it starts is the program itself, so its
    /// id can be used to measure and signal it.
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

    /// Returns whether a fault was injected into the programs that have ended.
    pub fn has_injected(&self) -> bool {
        // `strace` ends, and has written everything, a moment after the program.
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
    fn an_injected_fault_makes_a_call_fail() {
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
    fn no_fault_is_injected_into_children() {
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
