//! The life of a peer's process.

#[cfg(feature = "tokio")]
use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
#[cfg(feature = "tokio")]
use tokio::net::unix::pipe;

use super::is_exhausted;

/// A process whose end is seen at once, since a datagram socket does not tell of it before something
/// is sent.
#[derive(Debug)]
pub(crate) struct Process {
    /// The process's descriptor, `pidfd_open(2)`, if there is one. Like a pipe it is readable at its
    /// end, and nothing else is done with it.
    pidfd: Option<OwnedFd>,
}

/// Why a process cannot be watched.
#[derive(Debug)]
pub(crate) enum WatchError {
    /// It has ended.
    Ended,
    /// The system is short of what it takes, and may have it again soon.
    Exhausted(io::Error),
}

impl Process {
    /// Watches a process that has just sent something.
    ///
    /// That its id names it still, and not another one that came after its end, is for the caller to
    /// make sure: by having it do something afterwards that no other process can do.
    ///
    /// Where the system gives no descriptor (kernels before 5.3, sandboxes) its end is not seen here,
    /// but by what is sent to it, at the latest when a keepalive is due.
    pub(crate) fn watch(pid: u32) -> Result<Self, WatchError> {
        match Self::open(pid) {
            Ok(pidfd) => Ok(Self { pidfd }),
            Err(error) if Errno::from_io_error(&error) == Some(Errno::SRCH) => {
                Err(WatchError::Ended)
            }
            Err(error) if is_exhausted(&error) => Err(WatchError::Exhausted(error)),
            Err(error) => {
                tracing::debug!(pid, %error, "the end of the peer is seen when something is sent");
                Ok(Self { pidfd: None })
            }
        }
    }

    /// What is readable once the process has ended, if that can be seen.
    #[cfg(feature = "blocking")]
    pub(crate) const fn pidfd(&self) -> Option<&OwnedFd> {
        self.pidfd.as_ref()
    }

    /// Waits until the process has ended, or for ever if that cannot be seen.
    #[cfg(feature = "tokio")]
    pub(crate) async fn ended(self) {
        let Some(pidfd) = self.pidfd else {
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

    fn open(pid: u32) -> io::Result<Option<OwnedFd>> {
        // This process does not outlive itself.
        if pid == std::process::id() {
            return Ok(None);
        }
        let pid = i32::try_from(pid)
            .ok()
            .and_then(Pid::from_raw)
            .ok_or(Errno::SRCH)?;
        Ok(Some(pidfd_open(pid, PidfdFlags::NONBLOCK)?))
    }
}

#[cfg(feature = "tokio")]
#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

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
}
