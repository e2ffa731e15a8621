//! One job: its program, its output, and its end.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

use domainsockets::Peer;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, watch};

use crate::service::{Chunk, State};

/// A submitted job.
pub(crate) struct Job {
    pub(crate) command: String,
    pub(crate) user: u32,
    /// The output so far, and the end.
    progress: watch::Sender<Progress>,
    cancel: Notify,
}

#[derive(Default)]
struct Progress {
    printed: Vec<u8>,
    ended: Option<State>,
}

impl Job {
    /// Starts a program. The caller spawns [`attend`](Self::attend) with the returned process.
    pub(crate) fn start(program: &str, args: &[String], peer: &Peer) -> io::Result<(Self, Child)> {
        let child = Command::new(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut command = vec![program];
        command.extend(args.iter().map(String::as_str));
        let job = Self {
            command: command.join(" "),
            user: peer.uid(),
            progress: watch::Sender::default(),
            cancel: Notify::new(),
        };
        Ok((job, child))
    }

    /// Collects the program's output until it has ended.
    pub(crate) async fn attend(&self, mut child: Child) {
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let printing = async { tokio::join!(self.gather(stdout), self.gather(stderr)) };
        tokio::pin!(printing);
        tokio::select! {
            _ = &mut printing => {}
            () = self.cancel.notified() => {
                // It fails if the program has just ended.
                let _ = child.start_kill();
            }
        }
        let status = child.wait().await;
        self.progress.send_modify(|progress| {
            progress.ended = Some(status.map_or(State::Exited(-1), state));
        });
    }

    pub(crate) fn state(&self) -> State {
        self.progress.borrow().ended.unwrap_or(State::Running)
    }

    /// Waits until the job has ended.
    pub(crate) async fn ended(&self) -> State {
        let mut progress = self.progress.subscribe();
        let ended = progress.wait_for(|progress| progress.ended.is_some()).await;
        ended
            .ok()
            .and_then(|progress| progress.ended)
            .unwrap_or(State::Running)
    }

    pub(crate) fn cancel(&self) {
        self.cancel.notify_one();
    }

    /// Waits for output from this byte on, and returns it.
    pub(crate) async fn printed(&self, from: u64) -> Chunk {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let mut progress = self.progress.subscribe();
        let more = progress
            .wait_for(|progress| from < progress.printed.len() || progress.ended.is_some())
            .await;
        let Ok(progress) = more else {
            let (bytes, is_last) = (Vec::new(), true);
            return Chunk { bytes, is_last };
        };
        let rest = progress.printed.get(from..).unwrap_or_default();
        let bytes = rest.get(..CHUNK).unwrap_or(rest).to_vec();
        let is_last = progress.ended.is_some() && bytes.len() == rest.len();
        Chunk { bytes, is_last }
    }

    async fn gather(&self, pipe: Option<impl AsyncRead + Unpin>) {
        let Some(mut pipe) = pipe else {
            return;
        };
        let mut buffer = [0; 4096];
        while let Ok(size @ 1..) = pipe.read(&mut buffer).await {
            let read = buffer.get(..size).unwrap_or_default();
            self.progress.send_modify(|progress| {
                let room = KEPT.saturating_sub(progress.printed.len());
                progress.printed.extend(read.iter().take(room));
            });
        }
    }
}

fn state(status: ExitStatus) -> State {
    match (status.code(), status.signal()) {
        (Some(code), _) => State::Exited(code),
        (None, signal) => State::Killed(signal.unwrap_or_default()),
    }
}

/// How many bytes of output a job keeps.
const KEPT: usize = 16 << 20;

/// How many bytes of output one reply has.
const CHUNK: usize = 64 << 10;
