//! Closing descriptors that peers attached to datagrams: on threads of its own, since close(2) may block.
//!
//! A peer decides for how long closing blocks. For a TCP socket with unsent data it is the time of `SO_LINGER`, for a
//! Unix socket that of the sockets in its queue, and it is longer for large memory files and for files of FUSE and
//! NFS. So no thread that serves calls closes such a descriptor.

use std::collections::{HashMap, VecDeque};
use std::os::fd::{OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::net::AddressFamily;
use rustix::net::sockopt::{set_socket_linger, socket_domain};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

/// How many threads close descriptors at most. Each closes the descriptors of one user at a time. Another user waits only
/// while all threads are busy.
const MAX_THREADS: usize = 8;

/// The descriptors that are still to be closed.
static CLOSER: Mutex<Option<DescriptorCloser>> = Mutex::new(None);

#[derive(Debug, Default)]
struct DescriptorCloser {
    /// The descriptors of each user that a thread closes now.
    active: HashMap<Option<u32>, Vec<Closing>>,
    /// Users whose descriptors wait for a thread.
    waiting: VecDeque<(Option<u32>, Vec<Closing>)>,
}

/// A descriptor that is to be closed.
#[derive(Debug)]
enum Closing {
    /// The number of a descriptor that a datagram has brought.
    Received(RawFd),
    /// A socket of this library, whose queue may hold descriptors.
    Socket(OwnedFd),
}

/// Has descriptors closed that a datagram of `user` has brought. The user is `None` if it is not known.
///
/// Never blocks. If no thread can be started, the descriptors stay open until the next ones are to be closed. That is not
/// logged: the caller may hold the lock of its connection.
pub(super) fn close_received(user: Option<u32>, descriptors: Vec<RawFd>) {
    close_later(
        user,
        descriptors.into_iter().map(Closing::Received).collect(),
    );
}

/// Has a socket of this library closed, as [`close_received`] does. Its queue may contain descriptors of `user`.
pub(super) fn close_socket(user: Option<u32>, socket: OwnedFd) {
    close_later(user, vec![Closing::Socket(socket)]);
}

fn close_later(user: Option<u32>, descriptors: Vec<Closing>) {
    lock().get_or_insert_default().add(user, descriptors);
}

impl DescriptorCloser {
    /// Queues descriptors, and starts a thread for each user that waits for one.
    fn add(&mut self, user: Option<u32>, descriptors: Vec<Closing>) {
        if let Some(queued) = self.active.get_mut(&user) {
            queued.extend(descriptors);
            return;
        }
        match self.waiting.iter_mut().find(|(waits, _)| *waits == user) {
            Some((_, queued)) => queued.extend(descriptors),
            None => self.waiting.push_back((user, descriptors)),
        }
        while self.active.len() < MAX_THREADS
            && let Some((user, descriptors)) = self.waiting.pop_front()
        {
            self.active.insert(user, descriptors);
            let thread = thread::Builder::new().name("close received".to_owned());
            if thread.spawn(move || run(user)).is_err() {
                let descriptors = self.active.remove(&user).unwrap_or_default();
                self.waiting.push_front((user, descriptors));
                return;
            }
        }
    }

    /// Returns the next descriptors for the thread that closes those of `user`, which becomes another user if there
    /// are no more. Returns `None` if the thread is not needed any more.
    fn take(&mut self, user: &mut Option<u32>) -> Option<Vec<Closing>> {
        let queued = self.active.get_mut(user).map(std::mem::take);
        if let Some(descriptors) = queued.filter(|descriptors| !descriptors.is_empty()) {
            return Some(descriptors);
        }
        self.active.remove(user);
        let (next, descriptors) = self.waiting.pop_front()?;
        *user = next;
        self.active.insert(next, Vec::new());
        Some(descriptors)
    }
}

/// Closes the descriptors of a user, then those of users that wait for a thread.
fn run(mut user: Option<u32>) {
    let this_process = pidfd_open(getpid(), PidfdFlags::empty()).ok();
    loop {
        let next = lock().as_mut().and_then(|closer| closer.take(&mut user));
        let Some(descriptors) = next else { return };
        for descriptor in descriptors {
            match descriptor {
                Closing::Received(number) => close(this_process.as_ref(), number),
                Closing::Socket(socket) => drop(socket),
            }
        }
    }
}

/// Closes a descriptor. The descriptor of a TCP socket is closed without lingering.
fn close(this_process: Option<&OwnedFd>, descriptor: RawFd) {
    // A second descriptor of the same file: a number alone cannot be used without `unsafe`.
    let same = this_process
        .and_then(|process| pidfd_getfd(process, descriptor, PidfdGetfdFlags::empty()).ok());
    if let Some(same) = &same
        && matches!(
            socket_domain(same),
            Ok(AddressFamily::INET | AddressFamily::INET6)
        )
        && let Err(error) = set_socket_linger(same, None)
    {
        tracing::debug!(%error, "closing a socket that a peer attached may take long");
    }
    // The number is this process's alone, and no other code knows it. On failure it is free all the same, close(2).
    let _ = nix::unistd::close(descriptor);
}

fn lock() -> MutexGuard<'static, Option<DescriptorCloser>> {
    // No code that holds the lock leaves it half changed.
    CLOSER.lock().unwrap_or_else(PoisonError::into_inner)
}
