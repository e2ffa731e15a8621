//! Processes that a test controls, some as other users: they send, bind and connect sockets as attackers
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
use crate::raw::Lingering;
use crate::scratch::reachable_temp_dir;

/// A user without privileges.
pub const NOBODY: u32 = 65534;

/// Another user without privileges.
pub const SOMEBODY: u32 = 1000;

/// Copies of programs that every user can run. The directory of a build may be private to its user.
#[derive(Debug)]
pub struct Programs {
    dir: TempDir,
}

impl Programs {
    /// Copies these programs. Only root can run them as other users.
    pub fn new(programs: &[&Path]) -> Self {
        let dir = TempDir::new_in(reachable_temp_dir()).unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        // The copy is made by another process. A program cannot be run while a process has it open for
        // writing, and a child that another test starts would inherit a descriptor of this one.
        let copied = Command::new("cp").args(programs).arg(dir.path()).status();
        assert!(copied.unwrap().success());
        Self { dir }
    }

    /// Returns a command that runs `program` as this user, whose only group has the same number.
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

    /// Returns a command that runs `program` as this user in its own namespaces, in which no user has a
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

    /// Returns the path at which every user finds `program`.
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

/// The outcome of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// How many datagrams the kernel accepted.
    pub accepted: usize,
    /// Why it refused the first one that it did not accept.
    pub refused: Option<Errno>,
}

impl Sent {
    /// Returns the outcome where the kernel accepted all of `accepted` datagrams.
    pub const fn all(accepted: usize) -> Self {
        Self {
            accepted,
            refused: None,
        }
    }

    /// Returns the outcome where the kernel accepted none, for this reason.
    pub const fn none(refused: Errno) -> Self {
        Self {
            accepted: 0,
            refused: Some(refused),
        }
    }
}

impl ForeignProcess {
    /// Starts a process by a command that runs the program of this name.
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

    /// Returns its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Connects the socket that later sends use: to a path, or, after an `@`, to a name in the abstract
    /// namespace.
    pub fn connect(&mut self, path: impl AsRef<Path>) -> Result<(), Errno> {
        let order = format!("connect {}", path.as_ref().display());
        self.ask(&order).map(|_| ())
    }

    /// Sends a datagram `times` times, without waiting while the queue is full.
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

    /// Sends a datagram with this many descriptors attached.
    pub fn stuff(&mut self, datagram: &[u8], descriptors: usize) -> Result<(), Errno> {
        let order = format!("stuff {} {descriptors}", hex(datagram));
        self.ask(&order).map(|_| ())
    }

    /// Sends a datagram with a descriptor attached whose last close(2) blocks until this process ends, for a minute at
    /// most.
    pub fn linger(&mut self, kind: Lingering, datagram: &[u8]) -> Result<(), Errno> {
        let order = format!("linger {kind:?} {}", hex(datagram));
        self.ask(&order).map(|_| ())
    }

    /// Sends a datagram with forged credentials.
    pub fn forge(&mut self, datagram: &[u8], pid: u32, uid: u32, gid: u32) -> Result<(), Errno> {
        let order = format!("forge {} {pid} {uid} {gid}", hex(datagram));
        self.ask(&order).map(|_| ())
    }

    /// Binds a socket, and gives its file this mode.
    pub fn bind(&mut self, path: &Path, mode: u32) -> Result<(), Errno> {
        let order = format!("bind {} {mode:o}", path.display());
        self.ask(&order).map(|_| ())
    }

    /// Returns a datagram that its bound socket has received, if there is one.
    pub fn received(&mut self) -> Option<Vec<u8>> {
        match self.ask("receive") {
            Ok(datagram) => Some(unhex(&datagram)),
            Err(Errno::AGAIN) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes `times` connections on which nothing is sent: over socket pairs if the setup socket's file is marked.
    /// Otherwise it waits half a second for each answer. Later sends use the last one.
    pub fn dial(&mut self, setup: &Path, times: usize) -> Result<(), Errno> {
        self.ask(&format!("dial {} {times}", setup.display()))
            .map(|_| ())
    }

    /// Makes a connection by files, waiting half a second for the answer. Returns the path of the server's socket. Later
    /// sends use the connection.
    pub fn dial_by_files(&mut self, setup: &Path) -> Result<PathBuf, Errno> {
        self.ask(&format!("dial-by-files {}", setup.display()))
            .map(PathBuf::from)
    }

    /// Calls a handler on the last connection. Returns the reply, or nothing after a second.
    pub fn call(&mut self, handler: &str, data: &str) -> String {
        self.ask(&format!("call {handler} {data}")).unwrap()
    }

    /// Passes the descriptor that the process has as its stderr, with a setup message.
    pub fn pass_inherited(&mut self, setup: &Path) -> Result<(), Errno> {
        self.ask(&format!("pass-inherited {}", setup.display()))
            .map(|_| ())
    }

    /// Creates a socket pair.
    pub fn make_pair(&mut self) {
        self.ask("make-pair").unwrap();
    }

    /// Passes one end of that pair, with a setup message, and returns the text of the server's refusal.
    pub fn pass_pair(&mut self, setup: &Path) -> Result<String, Errno> {
        self.ask(&format!("pass-pair {}", setup.display()))
    }

    /// Binds a socket that every user can reach, and marks it as the setup socket of a server to which clients pass
    /// socket pairs.
    pub fn bind_marked(&mut self, path: &Path) -> Result<(), Errno> {
        self.ask(&format!("bind-marked {}", path.display()))
            .map(|_| ())
    }

    /// Accepts a client that has passed a socket, which later sends use.
    pub fn accept(&mut self) {
        self.ask("accept").unwrap();
    }

    /// Returns all bytes that the accepted client has sent, until it has closed its end.
    pub fn accepted(&mut self) -> Vec<u8> {
        unhex(&self.ask("accepted").unwrap())
    }

    /// Changes the user of the process.
    pub fn become_user(&mut self, uid: u32) {
        self.ask(&format!("become {uid}")).unwrap();
    }

    /// Sends `times` setup messages that name no socket, and waits while the queue is full.
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
