//! Child processes: the peer program as a server that can be killed and measured. Processes are only
//! ever ended by the process id of a child that was started here.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, prlimit};

use crate::handshake::{Handshake, served_by};
use crate::watchdog;

/// A child process, killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts `peer serve NAME` with `dir` as its temp dir, and waits until it reports that it is ready.
    pub fn serve(peer: &Path, dir: &Path, name: &str) -> Self {
        Self::serve_by(Command::new(peer).args(["serve", name]).env("TMPDIR", dir))
    }

    /// Starts a server by this command, and waits until it reports that it is ready. Clients connect to it with the
    /// handshake of the test run.
    pub fn serve_by(command: &mut Command) -> Self {
        let process = Self::serve_unchanged(command);
        Handshake::current().prepare(&served_by(command));
        process
    }

    /// Starts a program by this command, and waits until it reports that it is ready. If it is a server, clients pass
    /// socket pairs to it.
    pub fn serve_unchanged(command: &mut Command) -> Self {
        let mut process = Self::spawn(command);
        process.wait_for_line("ready");
        process
    }

    /// Starts `peer serve NAME` with a socket that is already bound, as systemd does, and waits until it
    /// reports that it is ready. Clients connect to it with the handshake of the test run.
    pub fn serve_activated(
        peer: &Path,
        name: &Path,
        socket: OwnedFd,
        notify: Option<&Path>,
    ) -> Self {
        let mut command = activated(peer, name, socket);
        if let Some(notify) = notify {
            command.env("NOTIFY_SOCKET", notify);
        }
        Self::serve_by_activation(&mut command)
    }

    /// Does what [`serve_activated`](Self::serve_activated) does, and writes the server's log to a file.
    pub fn serve_activated_with_log(peer: &Path, name: &Path, socket: OwnedFd, log: File) -> Self {
        let mut command = activated(peer, name, socket);
        Self::serve_by_activation(command.arg("--log").stderr(log))
    }

    /// Does what [`serve_activated`](Self::serve_activated) does, with a server that serves this user too. Clients pass
    /// socket pairs to it.
    pub fn serve_activated_for(peer: &Path, name: &Path, socket: OwnedFd, uid: u32) -> Self {
        let mut command = activated(peer, name, socket);
        Self::activate(command.args(["--allow-uid", &uid.to_string()]))
    }

    fn serve_by_activation(command: &mut Command) -> Self {
        let process = Self::activate(command);
        Handshake::current().prepare(&served_by(command));
        process
    }

    fn activate(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
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

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process, and waits until it has ended.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Kills the process as [`kill`](Self::kill) does, without waiting for its end.
    pub fn shoot(&self) {
        self.signal(Signal::KILL);
    }

    /// Sends SIGTERM, and waits until the process has ended.
    pub fn terminate(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let mut status = None;
        watchdog::eventually(Duration::from_secs(10), "end after SIGTERM", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// Does what [`terminate`](Self::terminate) does with a process whose system calls may fail,
    /// including the one that reports the signal: sends SIGTERM repeatedly until the process ends.
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

    /// Stops the process, and waits until all of its threads have stopped.
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

    /// Resumes a paused process.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Interrupts the process with a signal that the peer program catches and ignores.
    pub fn alarm(&self) {
        self.signal(Signal::ALARM);
    }

    /// Returns whether the process has ended.
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

    /// Returns the resident memory of the process, in bytes.
    pub fn resident(&self) -> usize {
        status(&self.id().to_string(), "VmRSS:")
    }

    /// Returns the peak resident memory of the process, in bytes.
    pub fn peak_resident(&self) -> usize {
        status(&self.id().to_string(), "VmHWM:")
    }

    /// Returns the CPU time of the process.
    pub fn cpu_time(&self) -> Duration {
        cpu_time(&self.id().to_string())
    }

    /// Returns how many descriptors the process has open.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id()))
            .unwrap()
            .count()
    }

    /// Limits new descriptors of the process to numbers below this one. Open ones stay open.
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

/// Returns a command that runs `peer serve NAME` with a socket that is already bound, as systemd does.
fn activated(peer: &Path, name: &Path, socket: OwnedFd) -> Command {
    let script = "exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .arg(peer)
        .arg("serve")
        .arg(name);
    command.stdin(socket);
    command
}

/// Returns a size in the status of a process, in bytes.
pub(crate) fn status(process: &str, field: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib: usize = line
        .and_then(|value| value.trim().strip_suffix(" kB"))
        .and_then(|value| value.trim().parse().ok())
        .unwrap();
    kib * 1024
}

/// Returns the CPU time of a process, or of `self`, in user and kernel mode, in ticks of usually 10 ms.
pub(crate) fn cpu_time(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name before these fields may contain anything, but it ends at the last bracket.
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
    fn the_output_of_a_child_is_returned() {
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
