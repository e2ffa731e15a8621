//! Processes that a test controls, some of another user: they send, bind and connect sockets as attackers
//! and as allowed callers.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use rustix::io::Errno;
use tempfile::TempDir;

use crate::fixtures::{hex, unhex};
use crate::scratch::reachable_temp_dir;

/// A user without rights.
pub const NOBODY: u32 = 65534;

/// Another user without rights.
pub const SOMEBODY: u32 = 1000;

/// Programs where every user can run them. Those of a build may lie in a directory of its own user.
#[derive(Debug)]
pub struct Programs {
    dir: TempDir,
}

impl Programs {
    /// Copies these programs, which only root can run as other users.
    pub fn new(programs: &[&Path]) -> Self {
        let dir = TempDir::new_in(reachable_temp_dir()).unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        // A program that this process had open for writing could not be run, for as long as a child
        // that another test is about to start has it open too.
        let copied = Command::new("cp").args(programs).arg(dir.path()).status();
        assert!(copied.unwrap().success());
        Self { dir }
    }

    /// A command that runs `program` as this user, who belongs to the group of the same number and to
    /// no other.
    pub fn command(&self, uid: u32, program: &Path) -> Command {
        let mut command = Command::new(self.path(program));
        command.uid(uid).gid(uid).current_dir("/");
        command
    }

    /// Returns a command that runs `program` as this user, with these supplementary groups.
    pub fn with_groups(&self, uid: u32, groups: &str, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command
            .args([
                &format!("--reuid={uid}"),
                &format!("--regid={uid}"),
                &format!("--groups={groups}"),
            ])
            .arg(self.path(program))
            .current_dir("/");
        command
    }

    /// A command that runs `program` as this user in namespaces of its own, in which nobody has a
    /// name.
    pub fn contained(&self, uid: u32, program: &Path) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--pid", "--fork", "--kill-child"])
            .arg(self.path(program))
            .uid(uid)
            .gid(uid)
            .current_dir("/");
        command
    }

    /// Runs `program` as this user to its end, with `dir` as its temp dir.
    pub fn output(&self, uid: u32, program: &Path, dir: &Path, arguments: &[&str]) -> Output {
        let mut command = self.command(uid, program);
        command.args(arguments).env("TMPDIR", dir);
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// Where every user finds `program`.
    pub fn path(&self, program: &Path) -> PathBuf {
        self.dir.path().join(program.file_name().unwrap())
    }
}

/// A process that does what a test tells it. Dropping it kills the process.
#[derive(Debug)]
pub struct ForeignProcess {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// What came of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// How many datagrams the kernel took.
    pub accepted: usize,
    /// Why it did not take the first one that it refused.
    pub refused: Option<Errno>,
}

impl Sent {
    /// All of so many.
    pub const fn all(accepted: usize) -> Self {
        Self {
            accepted,
            refused: None,
        }
    }

    /// None, for this reason.
    pub const fn none(refused: Errno) -> Self {
        Self {
            accepted: 0,
            refused: Some(refused),
        }
    }
}

impl ForeignProcess {
    /// Starts one by a command that runs the program of this name.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            orders,
            answers,
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Connects a socket, which it sends by from then on: to a path, or, behind an `@`, to a name in
    /// the abstract namespace.
    pub fn connect(&mut self, path: impl AsRef<Path>) -> Result<(), Errno> {
        let order = format!("connect {}", path.as_ref().display());
        self.ask(&order).map(|_| ())
    }

    /// Sends a datagram so many times, without waiting for room.
    pub fn send(&mut self, datagram: &[u8], times: usize) -> Sent {
        let answer = self.ask(&format!("send {} {times}", hex(datagram)));
        let answer = answer.unwrap();
        let (accepted, refused) = answer.split_once(' ').unwrap();
        let refused: i32 = refused.parse().unwrap();
        Sent {
            accepted: accepted.parse().unwrap(),
            refused: (refused != 0).then(|| Errno::from_raw_os_error(refused)),
        }
    }

    /// Sends a datagram with so many descriptors attached.
    pub fn stuff(&mut self, datagram: &[u8], descriptors: usize) -> Result<(), Errno> {
        let order = format!("stuff {} {descriptors}", hex(datagram));
        self.ask(&order).map(|_| ())
    }

    /// Sends a datagram as if it were another one's.
    pub fn forge(&mut self, datagram: &[u8], pid: u32, uid: u32, gid: u32) -> Result<(), Errno> {
        let order = format!("forge {} {pid} {uid} {gid}", hex(datagram));
        self.ask(&order).map(|_| ())
    }

    /// Binds a socket, and gives its file this mode.
    pub fn bind(&mut self, path: &Path, mode: u32) -> Result<(), Errno> {
        let order = format!("bind {} {mode:o}", path.display());
        self.ask(&order).map(|_| ())
    }

    /// What has come to the socket that it has bound, if anything has.
    pub fn received(&mut self) -> Option<Vec<u8>> {
        match self.ask("receive") {
            Ok(datagram) => Some(unhex(&datagram)),
            Err(Errno::AGAIN) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes so many connections, on which nothing is sent, waiting half a second for each answer.
    /// Returns the server's socket of the last one.
    pub fn dial(&mut self, setup: &Path, times: usize) -> Result<PathBuf, Errno> {
        let order = format!("dial {} {times}", setup.display());
        self.ask(&order).map(PathBuf::from)
    }

    /// Calls a handler on the last connection, and returns the reply, or nothing after a second.
    pub fn call(&mut self, handler: &str, data: &str) -> String {
        self.ask(&format!("call {handler} {data}")).unwrap()
    }

    /// Changes the user of the process.
    pub fn become_user(&mut self, uid: u32) {
        self.ask(&format!("become {uid}")).unwrap();
    }

    /// Sends so many setup messages that name no socket, and waits while the queue is full.
    pub fn send_setups(&mut self, times: usize) -> Result<(), Errno> {
        self.ask(&format!("setups {times}")).map(|_| ())
    }

    fn ask(&mut self, order: &str) -> Result<String, Errno> {
        writeln!(self.orders, "{order}").unwrap();
        let answer = self.answers.next().expect("an answer").unwrap();
        match answer.split_once(' ') {
            Some(("ok", answer)) => Ok(answer.to_owned()),
            Some(("error", number)) => Err(Errno::from_raw_os_error(number.parse().unwrap())),
            _ => panic!("{order}: {answer}"),
        }
    }
}

impl Drop for ForeignProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
