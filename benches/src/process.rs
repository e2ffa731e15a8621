//! The two processes of a measurement, started from a build of this program, and what the kernel reports
//! about them.
//!
//! The run and the two processes share a small interface. It must not change, so that a run can measure
//! builds of other revisions:
//!
//! * `BINARY serve PEER SOCKET --rt RUNTIME` prints the line `ready` once clients can connect to
//!   `SOCKET`. It serves until its stdin ends.
//! * `BINARY drive PEER WORKLOAD SOCKET SERVER_PID --rt RUNTIME [--quick]` prints a line for each metric:
//!   its name, a tab, its value.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::args::{Drive, Serve};
use crate::metric::Metric;
use crate::runtime::Flavor;
use crate::workloads::{self, Scene, Workload};
use crate::{peers, print, work};

/// Runs a peer's server until it is killed or stdin ends.
pub(crate) fn serve(serve: &Serve) -> anyhow::Result<()> {
    raise_file_limit()?;
    work::calibrated();
    // Stdin ends with the run, even if the run was killed and could not clean up.
    let dir = serve.socket.parent().map(Path::to_owned);
    thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        if let Some(dir) = dir {
            let _ = fs::remove_dir_all(dir);
        }
        std::process::exit(0);
    });
    let peer = peers::find(&serve.peer)?;
    let ready = || {
        // If stdout is closed, stdin ends as well, which the thread above notices.
        let _ = print(&format!("{READY}\n"));
    };
    peer.flavor(serve.flavor)
        .block_on(peer.serve(&serve.socket, &ready))?
}

/// Runs a peer's client, and prints what it measured.
pub(crate) fn drive(drive: &Drive) -> anyhow::Result<()> {
    raise_file_limit()?;
    let peer = peers::find(&drive.peer)?;
    let workloads = workloads::all();
    let workload = workloads
        .iter()
        .find(|workload| workload.name == drive.workload)
        .with_context(|| format!("there is no workload {}", drive.workload))?;
    let scene = Scene {
        workload,
        socket: &drive.socket,
        server: drive.server,
        quick: drive.quick,
    };
    let measured = peer.flavor(drive.flavor).block_on(peer.drive(&scene))??;
    for (metric, value) in measured {
        print(&format!("{}\t{value}\n", metric.name()))?;
    }
    // Tasks that still run end with the process.
    std::process::exit(0);
}

/// Measures a peer once: starts its server and its client from a build of this program, and ends both.
pub(crate) fn measure(
    program: &Path,
    peer: &str,
    workload: &Workload,
    flavor: Flavor,
    quick: bool,
    dir: &Path,
) -> anyhow::Result<Vec<(Metric, f64)>> {
    let socket = dir.join("s");
    let flavor = flavor.to_string();
    let mut server = Running::start(
        Command::new(program)
            .args(["serve", peer])
            .arg(&socket)
            .args(["--rt", &flavor]),
    )?;
    let said = server.lines(1)?;
    ensure!(said == [READY], "the server did not start");
    let mut client = Command::new(program);
    client
        .args(["drive", peer, &workload.name])
        .arg(&socket)
        .arg(server.child.id().to_string())
        .args(["--rt", &flavor]);
    if quick {
        client.arg("--quick");
    }
    let mut client = Running::start(&mut client)?;
    let said = client.lines(usize::MAX)?;
    ensure!(!said.is_empty(), "the client failed");
    said.iter()
        .map(|line| {
            let (metric, value) = line.split_once('\t').context("a line of no metric")?;
            Ok((metric.parse()?, value.parse()?))
        })
        .collect()
}

/// Returns the CPU time of all threads of a process, to the nanosecond.
pub(crate) fn cpu_time(process: u32) -> anyhow::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread that has ended in the meantime was idle before.
        if let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) {
            let first = text.split(' ').next().unwrap_or_default();
            nanos += first.parse::<u64>()?;
        }
    }
    Ok(Duration::from_nanos(nanos))
}

/// Returns the resident memory of a process.
pub(crate) fn resident_kib(process: u32) -> anyhow::Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Rss:"))
        .context("no resident memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// A process of a build of this program. Dropping it ends the process.
struct Running {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
}

impl Running {
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().map(BufReader::new);
        Ok(Self { child, stdout })
    }

    /// Returns the next lines of stdout, at most `most`, or an error if that takes too long.
    fn lines(&mut self, most: usize) -> anyhow::Result<Vec<String>> {
        let Some(stdout) = self.stdout.take() else {
            bail!("stdout was read before");
        };
        let (sender, receiver) = mpsc::channel();
        let reading = thread::spawn(move || {
            let lines: Result<Vec<_>, _> = stdout.lines().take(most).collect();
            // The receiver may have timed out.
            let _ = sender.send(lines);
        });
        match receiver.recv_timeout(PATIENCE) {
            Ok(lines) => {
                let _ = reading.join();
                Ok(lines?)
            }
            Err(_) => bail!("nothing for {} s", PATIENCE.as_secs()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a server prints once clients can connect.
const READY: &str = "ready";

/// The time after which a measurement counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// Raises the file limit: a thousand connections may need some thousand files.
fn raise_file_limit() -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    Ok(setrlimit(Resource::Nofile, raised)?)
}
