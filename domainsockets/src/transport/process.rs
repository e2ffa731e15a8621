//! The life of a peer's process.

use std::io;
use std::os::fd::OwnedFd;
#[cfg(feature = "tokio")]
use std::{future::pending, time::Duration};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
#[cfg(feature = "tokio")]
use tokio::net::unix::pipe;

use super::is_exhausted;

/// A process whose end is seen at once, since a datagram socket does not tell of it before something
/// is sent.
#[derive(Debug)]
pub(crate) enum Process {
    /// By its descriptor, `pidfd_open(2)`. Like a pipe it is readable at the process's end, and nothing
    /// else is done with it.
    Watched(OwnedFd),
    /// The system was short of what a descriptor takes, and may have it again soon.
    Postponed(Pid),
    /// Where the system gives no descriptor (kernels before 5.3, sandboxes) its end is not seen here,
    /// but by what is sent to it, at the latest when a keepalive is due. This process does not outlive
    /// itself.
    Unseen,
}

/// A process that cannot be watched: it has ended.
#[derive(Debug)]
pub(crate) struct Ended;

impl Process {
    /// Watches a process that has sent something.
    ///
    /// That its id names it still, and not another one that came after its end, is seen by what is sent to
    /// it from now on: its sockets have gone with it.
    pub(crate) fn watch(pid: u32) -> Result<Self, Ended> {
        if pid == std::process::id() {
            return Ok(Self::Unseen);
        }
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        Self::open(pid.ok_or(Ended)?)
    }

    /// What is readable once the process has ended, if that can be seen.
    #[cfg(feature = "blocking")]
    pub(crate) const fn pidfd(&self) -> Option<&OwnedFd> {
        match self {
            Self::Watched(pidfd) => Some(pidfd),
            Self::Postponed(_) | Self::Unseen => None,
        }
    }

    /// Waits until the process has ended, or for ever if that cannot be seen.
    #[cfg(feature = "tokio")]
    pub(crate) async fn ended(mut self) {
        while let Self::Postponed(pid) = self {
            tokio::time::sleep(RETRY_PAUSE).await;
            match Self::open(pid) {
                Ok(process) => self = process,
                Err(Ended) => return,
            }
        }
        let Self::Watched(pidfd) = self else {
            return pending().await;
        };
        // Nobody need wait before the handshake is over: the runtime hears of it only now.
        let ended = async {
            let pidfd = pipe::Receiver::from_owned_fd_unchecked(pidfd)?;
            pidfd.readable().await
        };
        if let Err(error) = ended.await {
            tracing::warn!(%error, "the end of the peer is seen when something is sent");
            pending::<()>().await;
        }
    }

    fn open(pid: Pid) -> Result<Self, Ended> {
        match pidfd_open(pid, PidfdFlags::NONBLOCK) {
            Ok(pidfd) => Ok(Self::Watched(pidfd)),
            Err(Errno::SRCH) => Err(Ended),
            Err(error) => {
                let error = io::Error::from(error);
                tracing::debug!(?pid, %error, "the end of the peer is seen when something is sent");
                Ok(if is_exhausted(&error) {
                    Self::Postponed(pid)
                } else {
                    Self::Unseen
                })
            }
        }
    }
}

/// How long a system without descriptors or memory is left alone.
#[cfg(feature = "tokio")]
const RETRY_PAUSE: Duration = Duration::from_millis(100);

#[cfg(feature = "tokio")]
#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use rustix::process::Pid;

    use super::Process;

    #[tokio::test]
    async fn end_of_a_process_is_seen() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let process = Process::watch(child.id()).unwrap();
        drop(child.stdin.take());
        process.ended().await;
        child.wait().unwrap();
        assert!(Process::watch(child.id()).is_err(), "its id names nobody");
    }

    #[tokio::test(start_paused = true)]
    async fn process_that_no_descriptor_was_free_for_is_watched_later() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let ended = Process::Postponed(Pid::from_child(&child)).ended();
        let mut ended = std::pin::pin!(ended);
        tokio::select! {
            biased;
            () = &mut ended => panic!("it lives"),
            () = tokio::task::yield_now() => drop(child.stdin.take()),
        }
        ended.await;
        child.wait().unwrap();
    }
}
