//! The descriptor of a process, `pidfd_open(2)`.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(feature = "tokio")]
use std::{io, sync::OnceLock};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(feature = "tokio")]
use tokio::net::unix::pipe;

/// The descriptor of a process. As long as it is open, the kernel does not give the process's ID to another
/// process unnoticed.
///
/// It is readable once the process has ended, and nothing else is done with it. So a runtime can take it for
/// a pipe.
#[derive(Debug)]
pub(crate) struct Pidfd {
    /// The descriptor, until a runtime watches it.
    unregistered: Mutex<Option<Arc<OwnedFd>>>,
    /// The descriptor that a runtime watches. In place: another allocation for each connection would cost
    /// memory.
    #[cfg(feature = "tokio")]
    registered: OnceLock<pipe::Receiver>,
}

impl Pidfd {
    pub(super) fn new(pidfd: OwnedFd) -> Self {
        Self {
            unregistered: Mutex::new(Some(Arc::new(pidfd))),
            #[cfg(feature = "tokio")]
            registered: OnceLock::new(),
        }
    }

    /// Returns whether the process is known to be alive.
    pub(super) fn is_alive(&self) -> bool {
        let unregistered = self.lock();
        match &*unregistered {
            Some(pidfd) => is_alive(pidfd.as_fd()),
            #[cfg(feature = "tokio")]
            None => (self.registered.get()).is_some_and(|pidfd| is_alive(pidfd.as_fd())),
            #[cfg(not(feature = "tokio"))]
            None => false,
        }
    }

    /// Returns the descriptor, to be polled, unless a runtime watches it.
    #[cfg(feature = "blocking")]
    pub(super) fn unregistered(&self) -> Option<Arc<OwnedFd>> {
        self.lock().clone()
    }

    /// Waits until the process has ended.
    ///
    /// # Errors
    ///
    /// If the descriptor cannot be registered with the runtime. It stays open, and a later call may succeed.
    #[cfg(feature = "tokio")]
    pub(super) async fn ended(&self) -> io::Result<()> {
        self.register()?.readable().await
    }

    #[cfg(feature = "tokio")]
    fn register(&self) -> io::Result<&pipe::Receiver> {
        let mut unregistered = self.lock();
        if let Some(pidfd) = &*unregistered {
            // A copy, since tokio closes a descriptor that it could not register. Without the original the process
            // would count as ended.
            let copy = pipe::Receiver::from_owned_fd_unchecked(pidfd.try_clone()?)?;
            let registered = self.registered.get_or_init(|| copy);
            *unregistered = None;
            return Ok(registered);
        }
        Ok(self.registered.get().ok_or(io::ErrorKind::NotFound)?)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<OwnedFd>>> {
        // No code that holds the lock leaves it half changed.
        self.unregistered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_alive(pidfd: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(pidfd, PollFlags::IN)];
    poll(&mut fds, Some(&Timespec::default())) == Ok(0)
}

#[cfg(feature = "tokio")]
#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    use tokio::runtime::Builder;

    use super::Pidfd;

    #[test]
    fn a_descriptor_that_could_not_be_registered_stays_open() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let fd = pidfd_open(Pid::from_child(&child), PidfdFlags::NONBLOCK).unwrap();
        let pidfd = Pidfd::new(fd);
        let runtime = || Builder::new_current_thread().enable_io().build().unwrap();
        let (ended, other) = (runtime(), runtime());
        let handle = ended.handle().clone();
        drop(ended);
        {
            let _entered = handle.enter();
            pidfd.register().expect_err("the runtime has ended");
        }
        assert!(pidfd.is_alive());
        drop(child.stdin.take());
        other.block_on(pidfd.ended()).unwrap();
        assert!(!pidfd.is_alive());
        child.wait().unwrap();
    }
}
