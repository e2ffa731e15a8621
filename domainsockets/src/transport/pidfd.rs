//! The descriptor of a process, `pidfd_open(2)`.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(feature = "tokio")]
use {std::io, tokio::net::unix::pipe};

/// The descriptor of a process. As long as it is held, the process's ID is not used again unnoticed.
///
/// It is readable once the process has ended, and nothing else is done with it. So a runtime can take it for
/// a pipe.
#[derive(Debug)]
pub(crate) struct Pidfd {
    held: Mutex<Held>,
}

#[derive(Debug)]
enum Held {
    Alone(Arc<OwnedFd>),
    /// A runtime watches it.
    #[cfg(feature = "tokio")]
    Registered(Arc<pipe::Receiver>),
    /// No runtime could watch it.
    #[cfg(feature = "tokio")]
    Lost,
}

impl Pidfd {
    pub(super) fn new(pidfd: OwnedFd) -> Self {
        Self {
            held: Mutex::new(Held::Alone(Arc::new(pidfd))),
        }
    }

    /// Returns whether the process is known to be alive.
    pub(super) fn is_alive(&self) -> bool {
        match &*self.lock() {
            Held::Alone(pidfd) => is_alive(pidfd.as_fd()),
            #[cfg(feature = "tokio")]
            Held::Registered(pidfd) => is_alive(pidfd.as_fd()),
            #[cfg(feature = "tokio")]
            Held::Lost => false,
        }
    }

    /// Returns the descriptor, to be polled, unless a runtime watches it.
    #[cfg(feature = "blocking")]
    #[cfg_attr(
        not(feature = "tokio"),
        expect(clippy::unnecessary_wraps, reason = "only a runtime takes it over")
    )]
    pub(super) fn alone(&self) -> Option<Arc<OwnedFd>> {
        match &*self.lock() {
            Held::Alone(pidfd) => Some(Arc::clone(pidfd)),
            #[cfg(feature = "tokio")]
            Held::Registered(_) | Held::Lost => None,
        }
    }

    /// Waits until the process has ended.
    #[cfg(feature = "tokio")]
    pub(super) async fn ended(&self) -> io::Result<()> {
        self.register()?.readable().await
    }

    /// Registers the descriptor with the runtime.
    #[cfg(feature = "tokio")]
    fn register(&self) -> io::Result<Arc<pipe::Receiver>> {
        let mut held = self.lock();
        let pidfd = match std::mem::replace(&mut *held, Held::Lost) {
            Held::Registered(pidfd) => pidfd,
            Held::Alone(pidfd) => {
                // A blocking client, which polls it, registers nothing.
                let pidfd = Arc::into_inner(pidfd).ok_or(io::ErrorKind::ResourceBusy)?;
                Arc::new(pipe::Receiver::from_owned_fd_unchecked(pidfd)?)
            }
            Held::Lost => return Err(io::ErrorKind::NotFound.into()),
        };
        *held = Held::Registered(Arc::clone(&pidfd));
        Ok(pidfd)
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // No code that holds the lock leaves it half changed.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_alive(pidfd: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(pidfd, PollFlags::IN)];
    poll(&mut fds, Some(&Timespec::default())) == Ok(0)
}
