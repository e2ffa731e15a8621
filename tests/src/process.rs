//! Child processes: the peer program as a server of its own, so that it can be killed and measured.
//! Nothing is ever ended but by the process id of a child that was started here.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, prlimit};

use crate::watchdog;

/// A child process, killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts `peer serve NAME` with `dir` as its temp dir, and waits until it says that it is
    /// ready.
    pub fn serve(peer: &Path, dir: &Path, name: &str) -> Self {
        Self::serve_by(Command::new(peer).args(["serve", name]).env("TMPDIR", dir))
    }

    /// Starts a server by a command of the test's own, and waits until it says that it is ready.
    pub fn serve_by(command: &mut Command) -> Self {
        let mut process = Self::spawn(command);
        process.wait_for_line("ready");
        process
    }

    /// Starts `peer serve NAME` with a socket that is bound already, as systemd does, and waits until
    /// it says that it is ready.
    pub fn serve_activated(
        peer: &Path,
        name: &Path,
        socket: OwnedFd,
        notify: Option<&Path>,
    ) -> Self {
        let script = "exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\" \"$@\"";
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .arg(peer)
            .arg("serve")
            .arg(name);
        command.stdin(socket).stdout(Stdio::piped());
        if let Some(notify) = notify {
            command.env("NOTIFY_SOCKET", notify);
        }
        let child = command.spawn().unwrap();
        let mut process = Self { child };
        process.wait_for_line("ready");
        process
    }

    /// Starts `peer` with these arguments and with `dir` as its temp dir.
    pub fn start(peer: &Path, dir: &Path, arguments: &[&str]) -> Self {
        Self::spawn(Command::new(peer).args(arguments).env("TMPDIR", dir))
    }

    /// Runs `peer` with these arguments to its end.
    pub fn output(peer: &Path, dir: &Path, arguments: &[&str]) -> Output {
        Command::new(peer)
            .args(arguments)
            .env("TMPDIR", dir)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process at once and without a last word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Has the process end at once, as [`kill`](Self::kill) does, and does not wait until it has.
    pub fn shoot(&self) {
        self.signal(Signal::KILL);
    }

    /// Asks the process to end, and waits until it has.
    pub fn terminate(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let mut status = None;
        watchdog::eventually(Duration::from_secs(10), "end after SIGTERM", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// Does what [`terminate`](Self::terminate) does with a process whose system calls fail at times,
    /// among them the one by which it tells itself of a signal: asks again until it ends.
    pub fn terminate_insistently(mut self) -> ExitStatus {
        let mut status = None;
        watchdog::eventually(Duration::from_secs(10), "end after many a SIGTERM", || {
            status = self.child.try_wait().unwrap();
            if status.is_none() {
                self.signal(Signal::TERM);
            }
            status.is_some()
        });
        status.unwrap()
    }

    /// Stops the process, without ending it, and waits until all of its threads stand still.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
        watchdog::eventually(Duration::from_secs(5), "stopped", || {
            let tasks = fs::read_dir(format!("/proc/{}/task", self.id())).unwrap();
            tasks.into_iter().all(|task| {
                let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
                status.lines().any(|line| line.starts_with("State:\tT"))
            })
        });
    }

    /// Lets a paused process go on.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Interrupts the process with a signal that the peer program catches, and does nothing about.
    pub fn alarm(&self) {
        self.signal(Signal::ALARM);
    }

    /// Whether the process has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until the process has ended by itself, and returns what it printed.
    pub fn printed(mut self) -> String {
        let mut text = String::new();
        let mut stdout = self.child.stdout.take().unwrap();
        stdout.read_to_string(&mut text).unwrap();
        self.child.wait().unwrap();
        text
    }

    /// The memory that the process has in use, in bytes.
    pub fn resident(&self) -> usize {
        status(&self.id().to_string(), "VmRSS:")
    }

    /// The most memory that the process ever had in use, in bytes.
    pub fn peak_resident(&self) -> usize {
        status(&self.id().to_string(), "VmHWM:")
    }

    /// The time that the process has kept a core busy for.
    pub fn cpu_time(&self) -> Duration {
        cpu_time(&self.id().to_string())
    }

    /// How many descriptors the process has open.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id()))
            .unwrap()
            .count()
    }

    /// Lets the process open descriptors below this number only. Those that are open stay so.
    pub fn limit_descriptors(&self, below: u64) {
        let pid = Some(Pid::from_child(&self.child));
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = Some(below);
        prlimit(pid, Resource::Nofile, limit).unwrap();
    }

    fn spawn(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child }
    }

    fn wait_for_line(&mut self, expected: &str) {
        let mut line = String::new();
        BufReader::new(self.child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line.trim_end(), expected);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A size in the status of a process, in bytes.
pub(crate) fn status(process: &str, field: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib: usize = line
        .and_then(|value| value.trim().strip_suffix(" kB"))
        .and_then(|value| value.trim().parse().ok())
        .unwrap();
    kib * 1024
}

/// The time that a process, or `self`, has kept a core busy for: its own and the kernel's on its
/// behalf, in ticks of mostly 10 ms.
pub(crate) fn cpu_time(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name in front may contain anything, but is the last thing in brackets.
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<_> = fields.split(' ').collect();
    let ticks: u64 = [fields[11], fields[12]]
        .into_iter()
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;
    use std::time::Duration;

    use super::Process;
    use crate::scratch::Scratch;
    use crate::watchdog;

    #[test]
    fn the_time_of_a_busy_child_is_measured() {
        let scratch = Scratch::new();
        let idle = Process::start(Path::new("sleep"), scratch.dir(), &["60"]);
        let busy = Process::spawn(Command::new("sh").args(["-c", "while :; do :; done"]));
        watchdog::eventually(Duration::from_secs(20), "100 ms of work", || {
            busy.cpu_time() >= Duration::from_millis(100)
        });
        assert!(idle.cpu_time() < Duration::from_millis(50));
    }

    #[test]
    fn what_a_child_printed_is_returned() {
        let child = Process::spawn(Command::new("echo").arg("ok 3"));
        assert_eq!(child.printed(), "ok 3\n");
    }

    #[test]
    fn a_child_is_measured_paused_and_ended() {
        let scratch = Scratch::new();
        let child = Process::start(Path::new("sleep"), scratch.dir(), &["60"]);
        assert!(child.descriptors() >= 3);
        assert!(0 < child.resident() && child.resident() <= child.peak_resident());
        child.pause();
        child.resume();
        assert!(!child.terminate().success(), "ended by the signal");
        Process::start(Path::new("sleep"), scratch.dir(), &["60"]).kill();
    }

    #[test]
    fn the_temp_dir_of_a_child_is_set() {
        let scratch = Scratch::new();
        let output = Process::output(Path::new("printenv"), scratch.dir(), &["TMPDIR"]);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(Path::new(printed.trim_end()), scratch.dir());
    }
}
