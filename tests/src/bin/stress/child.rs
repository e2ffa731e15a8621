//! Child processes, which run this same program. Processes are only ever ended by the process id of a
//! child that was started here.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tests::scratch::Scratch;

use crate::args::CHILD;
use crate::clock;
use crate::readings::Readings;

/// A child, killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    role: String,
    process: std::process::Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Child {
    /// Starts a server at [`socket`], and waits until it can be dialled.
    pub(crate) fn serve(scratch: &Scratch, settings: &[&str]) -> Self {
        Self::start(scratch, "server", settings).ready()
    }

    /// Starts a process that loads the server, between windows of rest.
    pub(crate) fn load(scratch: &Scratch, settings: &[&str]) -> Self {
        Self::start(scratch, "load", settings).ready()
    }

    /// Starts a process that dials and calls as it is told.
    pub(crate) fn calls(scratch: &Scratch, settings: &[&str]) -> Self {
        Self::start(scratch, "calls", settings).ready()
    }

    /// Starts a process with this role.
    pub(crate) fn start(scratch: &Scratch, role: &str, settings: &[&str]) -> Self {
        Self::start_under(&[], scratch, role, settings)
    }

    /// Starts a process with this role through another program, which must keep the process id.
    pub(crate) fn start_under(
        wrapper: &[&str],
        scratch: &Scratch,
        role: &str,
        settings: &[&str],
    ) -> Self {
        let program = std::env::current_exe().unwrap();
        Self::start_copy(&program, wrapper, scratch, role, settings)
    }

    /// Does what [`start_under`](Self::start_under) does, with a copy of this program.
    pub(crate) fn start_copy(
        program: &Path,
        wrapper: &[&str],
        scratch: &Scratch,
        role: &str,
        settings: &[&str],
    ) -> Self {
        let mut command = match wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        let mut process = command
            .args([CHILD, role])
            .arg(socket(scratch))
            .args(settings)
            .env(SCRATCH, scratch.dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {role} {wrapper:?}: {error}"));
        let stdin = process.stdin.take().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        // The thread ends with the child's stdout.
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            role: role.to_owned(),
            process,
            stdin,
            lines,
        }
    }

    /// Waits until the child reports that it is ready.
    pub(crate) fn ready(self) -> Self {
        let line = self.line(PATIENCE);
        assert_eq!(line, READY, "{}", self.role);
        self
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    /// Sends an order to the child.
    pub(crate) fn tell(&mut self, order: &str) {
        let told = writeln!(self.stdin, "{order}");
        told.unwrap_or_else(|error| panic!("cannot tell {} to {order}: {error}", self.role));
    }

    /// Returns the child's next readings.
    pub(crate) fn readings(&self, limit: Duration) -> Readings {
        Readings::parse(&self.line(limit))
    }

    /// Sends an order to the child, and waits for its readings.
    pub(crate) fn ask(&mut self, order: &str) -> Readings {
        self.tell(order);
        self.readings(PATIENCE)
    }

    /// Lets the child work for `duration`, and returns what it measured.
    pub(crate) fn window(&mut self, duration: Duration) -> Readings {
        self.tell("begin");
        thread::sleep(duration);
        self.ask("end")
    }

    /// Kills the child, and returns the time just before.
    pub(crate) fn kill(mut self) -> u64 {
        let at = clock::now();
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        at
    }

    /// Returns whether the child ends within `limit`.
    pub(crate) fn has_ended(&mut self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while self.process.try_wait().unwrap().is_none() {
            if Instant::now() >= end {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Stops the child without ending it.
    pub(crate) fn stop(&self) {
        self.signal(Signal::STOP);
    }

    /// Resumes a stopped child.
    pub(crate) fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    /// Returns the child's next line.
    pub(crate) fn line(&self, limit: Duration) -> String {
        let line = self.lines.recv_timeout(limit);
        line.unwrap_or_else(|error| panic!("{} says nothing: {error}", self.role))
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the path of the server of a scenario.
pub(crate) fn socket(scratch: &Scratch) -> std::path::PathBuf {
    scratch.path("s")
}

/// Waits until `condition` holds, for `limit` at most. Returns whether it holds, and after how many
/// milliseconds.
pub(crate) fn until(limit: Duration, mut condition: impl FnMut() -> bool) -> (bool, f64) {
    let begun = Instant::now();
    loop {
        if condition() {
            return (true, begun.elapsed().as_secs_f64() * 1e3);
        }
        if begun.elapsed() >= limit {
            return (false, begun.elapsed().as_secs_f64() * 1e3);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// What a child prints once it can be used.
pub(crate) const READY: &str = "ready";

/// The variable that tells a child which directory to remove if its parent is killed.
pub(crate) const SCRATCH: &str = "STRESS_SCRATCH";

/// How long to wait for a child before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);
