//! Child processes that end on a signal, when their handle is dropped, or after a minute.

use std::io::{BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};

/// A running child process. Dropping it kills the process.
pub(crate) struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    _watchdog: Watchdog,
}

/// The end of a process, and the unread part of its output.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Kills a process that does not end in time.
struct Watchdog {
    _done: mpsc::Sender<()>,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let watchdog = Watchdog::watch(&child);
        let stdout = child.stdout.take().expect("it is piped");
        Self {
            child,
            stdout: BufReader::new(stdout),
            _watchdog: watchdog,
        }
    }

    /// Starts a server, and waits until it is ready.
    pub(crate) fn serve(command: &mut Command) -> Self {
        let mut process = Self::start(command);
        let mut line = String::new();
        process.stdout.read_line(&mut line).expect("stdout is text");
        if line != "ready\n" {
            let ended = process.wait();
            panic!("{command:?} printed {line:?} instead of `ready`: {ended:?}");
        }
        process
    }

    /// Reads its output up to a line that contains this text, and returns the line.
    pub(crate) fn skip_to(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let size = self.stdout.read_line(&mut line).expect("stdout is text");
            assert!(0 < size, "the process has not printed {text:?}");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Runs a command to its end.
    pub(crate) fn run(command: &mut Command) -> Ended {
        Self::start(command).wait()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is not waited for yet");
    }

    /// Sends a signal, and waits for the end.
    pub(crate) fn end(self, signal: Signal) -> Ended {
        self.signal(signal);
        self.wait()
    }

    pub(crate) fn wait(mut self) -> Ended {
        // The output fits into the pipes, so one can be read after the other.
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout
            .read_to_string(&mut stdout)
            .expect("stdout is text");
        let mut pipe = self.child.stderr.take().expect("it is piped");
        pipe.read_to_string(&mut stderr).expect("stderr is text");
        let status = self.child.wait().expect("it can be waited for");
        Ended {
            code: status.code(),
            stdout,
            stderr,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has no effect on a process that has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// Checks that the process has succeeded, and returns its output.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// Checks the exit code and a part of stderr.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, reason: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(
            self.stderr.contains(reason),
            "{reason:?} is not in {self:?}"
        );
    }
}

impl Watchdog {
    fn watch(child: &Child) -> Self {
        let (done, wait) = mpsc::channel();
        // Unlike its ID, this never refers to another process.
        let process: OwnedFd = pidfd_open(Pid::from_child(child), PidfdFlags::empty())
            .expect("the child was not waited for");
        thread::spawn(move || {
            if wait.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                // The child's pipes close, so that reading them and the test end.
                let _ = pidfd_send_signal(process, Signal::KILL);
            }
        });
        Self { _done: done }
    }
}

/// How long any process may run.
const LIMIT: Duration = Duration::from_secs(60);
