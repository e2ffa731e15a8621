//! Tests that run in a separate process, so that no other test changes its memory and descriptors.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::strace::Strace;

/// The variable that marks such a process.
const MARK: &str = "CONFORMANCE_SUBPROCESS";

/// Runs `test` in a new process of the same test program, under the name `module::name`.
pub fn in_subprocess(module: &str, name: &str, test: impl FnOnce()) {
    run(module, name, |program| Command::new(program), test);
}

/// Does what [`in_subprocess`] does, with injected faults: see [`Strace::inject`]. Child processes of
/// the test have none.
pub fn in_subprocess_under(inject: &str, module: &str, name: &str, test: impl FnOnce()) {
    let Some(strace) = Strace::inject(inject) else {
        return;
    };
    run(module, name, |program| strace.command(program), test);
    if env::var_os(MARK).is_none() {
        assert!(strace.has_injected(), "nothing was made to fail");
    }
}

fn run(module: &str, name: &str, command: impl FnOnce(&Path) -> Command, test: impl FnOnce()) {
    if env::var_os(MARK).is_some() {
        test();
        return;
    }
    // The first segment is the program itself.
    let name = match module.split_once("::") {
        Some((_, module)) => format!("{module}::{name}"),
        None => name.to_owned(),
    };
    let output = command(&env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture"])
        .env(MARK, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && printed.contains("1 passed"),
        "{name} in a subprocess: {}\n{printed}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Returns how many descriptors this process has open.
pub fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Returns the resident memory of this process, in bytes.
pub fn resident() -> usize {
    crate::process::status("self", "VmRSS:")
}

/// Returns the CPU time of this process.
pub fn cpu_time() -> Duration {
    crate::process::cpu_time("self")
}

#[cfg(test)]
mod tests {
    use super::{descriptors, in_subprocess, resident};

    #[test]
    fn test_runs_in_its_own_process() {
        in_subprocess(module_path!(), "test_runs_in_its_own_process", || {
            assert!(descriptors() > 2);
            assert!(resident() > 0);
        });
    }

    #[test]
    fn failure_in_the_process_is_passed_on() {
        let caught = std::panic::catch_unwind(|| in_subprocess("tests", "no such test", || {}));
        assert!(caught.is_err());
    }
}
