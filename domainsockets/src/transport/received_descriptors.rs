//! The descriptors that a datagram has brought.

use std::os::fd::{OwnedFd, RawFd};

use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use super::descriptor_closer::close_received;

/// The descriptors that a datagram of one user has brought. Threads that serve no calls close those that are not taken.
#[derive(Debug)]
pub(super) struct ReceivedDescriptors {
    /// `None` if the user is not known.
    user: Option<u32>,
    numbers: Vec<RawFd>,
    /// Whether further descriptors were attached, which the kernel has not installed.
    are_missing: bool,
}

impl ReceivedDescriptors {
    pub(super) const fn new(user: Option<u32>, numbers: Vec<RawFd>, are_missing: bool) -> Self {
        Self {
            user,
            numbers,
            are_missing,
        }
    }

    /// Returns whether no descriptor was attached.
    pub(super) const fn is_empty(&self) -> bool {
        self.numbers.is_empty() && !self.are_missing
    }

    /// Takes the only descriptor, if `is_wanted` says so. `is_wanted` must not keep it.
    #[cfg(feature = "tokio")]
    pub(super) fn take_only(mut self, is_wanted: impl FnOnce(&OwnedFd) -> bool) -> Option<OwnedFd> {
        let ([number], false) = (self.numbers.as_slice(), self.are_missing) else {
            return None;
        };
        // A number alone cannot be used without `unsafe`.
        let same = duplicate(*number).filter(is_wanted)?;
        // This does not block, since the duplicate is open. On failure the number is free all the same, close(2).
        let _ = nix::unistd::close(*number);
        self.numbers.clear();
        Some(same)
    }
}

impl Drop for ReceivedDescriptors {
    fn drop(&mut self) {
        if !self.numbers.is_empty() {
            close_received(self.user, std::mem::take(&mut self.numbers));
        }
    }
}

/// How many descriptors are open while one is [taken](ReceivedDescriptors::take_only): as it was received, its duplicate,
/// and the process's own.
#[cfg(feature = "tokio")]
pub(super) const DESCRIPTORS_TO_TAKE_ONE: usize = 3;

/// Returns a duplicate of an open descriptor of this process.
fn duplicate(number: RawFd) -> Option<OwnedFd> {
    let this_process = pidfd_open(getpid(), PidfdFlags::empty()).ok()?;
    pidfd_getfd(this_process, number, PidfdGetfdFlags::empty()).ok()
}

/// Returns whether this process may [take](ReceivedDescriptors::take_only) descriptors: filters of system calls may
/// forbid that.
#[cfg(feature = "tokio")]
pub(super) fn can_take() -> bool {
    // Any open descriptor will do.
    rustix::net::socketpair(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::SEQPACKET,
        rustix::net::SocketFlags::CLOEXEC,
        None,
    )
    .is_ok_and(|(socket, _)| duplicate(std::os::fd::AsRawFd::as_raw_fd(&socket)).is_some())
}
