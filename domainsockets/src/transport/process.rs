//! The process of a peer, and how its end is noticed.

#[cfg(feature = "blocking")]
use std::os::fd::OwnedFd;
use std::sync::{Arc, Weak};
#[cfg(feature = "tokio")]
use std::{future::pending, time::Duration};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::groups::own_groups;
use super::is_exhausted;
use super::pidfd::Pidfd;
use crate::peer::GroupReader;

/// A process whose end is noticed at once: a datagram socket does not report it before something is sent.
#[derive(Clone, Debug)]
pub(crate) enum Process {
    /// It is watched through its pidfd, `pidfd_open(2)`.
    Watched(Arc<Pidfd>),
    /// The system was short of descriptors or memory. A pidfd is opened later.
    Postponed(Pid),
    /// There are no pidfds (kernels before 5.3, sandboxes). The end is noticed with what is sent next, at the
    /// latest when a keep-alive is due.
    Unseen,
    /// This process, which does not outlive itself.
    Own,
}

/// A process that cannot be watched: it has ended.
#[derive(Debug)]
pub(crate) struct Ended;

impl Process {
    /// Watches a process that has sent a datagram.
    ///
    /// The kernel may have reused its ID, but only if the process has ended. Then its sockets are closed, and the
    /// next send fails.
    pub(crate) fn watch(pid: u32) -> Result<Self, Ended> {
        if pid == std::process::id() {
            return Ok(Self::Own);
        }
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        Self::open(pid.ok_or(Ended)?)
    }

    /// Returns a descriptor that is readable once the process has ended, if there is one.
    #[cfg(feature = "blocking")]
    pub(crate) fn pidfd(&self) -> Option<Arc<OwnedFd>> {
        match self {
            Self::Watched(pidfd) => pidfd.unregistered(),
            Self::Postponed(_) | Self::Unseen | Self::Own => None,
        }
    }

    /// Returns what reads the groups of the process, unless there is no pidfd of it.
    ///
    /// It does not keep the descriptor open: a peer that outlives its connection holds none.
    pub(crate) fn group_reader(&self) -> Option<Weak<dyn GroupReader>> {
        match self {
            Self::Watched(pidfd) => Some(Arc::<Pidfd>::downgrade(pidfd)),
            Self::Postponed(_) | Self::Unseen => None,
            Self::Own => Some(own_groups()),
        }
    }

    /// Returns whether the process is known to have ended.
    #[cfg(feature = "tokio")]
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self, Self::Watched(pidfd) if !pidfd.is_alive())
    }

    /// Waits until the process has ended, or indefinitely if it cannot be watched.
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
        // It is registered with the runtime only now: the handshake does not wait for that.
        while let Err(error) = pidfd.ended().await {
            if !is_exhausted(&error) {
                tracing::warn!(%error, "the end of the peer is seen when something is sent");
                pending::<()>().await;
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    fn open(pid: Pid) -> Result<Self, Ended> {
        match pidfd_open(pid, PidfdFlags::NONBLOCK) {
            Ok(pidfd) => Ok(Self::Watched(Arc::new(Pidfd::new(pidfd)))),
            Err(Errno::SRCH) => Err(Ended),
            Err(error) => {
                // Not logged: a blocking client dials here while its other threads wait for that, and the
                // subscriber may call the same client.
                Ok(if is_exhausted(&error.into()) {
                    Self::Postponed(pid)
                } else {
                    Self::Unseen
                })
            }
        }
    }
}

/// The pause before a pidfd is opened or registered again on a system that was short of descriptors or memory.
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
