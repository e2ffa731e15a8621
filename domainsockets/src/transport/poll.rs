//! Waiting without a runtime, with poll(2).

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

/// The descriptors that a thread waits for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PollSet<'a> {
    /// A socket on which datagrams arrive.
    pub(crate) arrivals: Option<BorrowedFd<'a>>,
    /// A socket to wait for until it is writable: its peer's queue is full (backpressure).
    pub(crate) writable: Option<BorrowedFd<'a>>,
    /// The pidfd of a process.
    pub(crate) end: Option<BorrowedFd<'a>>,
    /// The event by which other threads wake this one.
    pub(crate) wake: Option<&'a WakeEvent>,
}

/// The events that ended a wait. None, if the time has passed or another thread has woken this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Polled {
    pub(crate) arrivals: bool,
    pub(crate) writable: bool,
    pub(crate) end: bool,
}

/// An event by which a thread wakes another one that polls, eventfd(2).
#[derive(Debug)]
pub(crate) struct WakeEvent(OwnedFd);

impl PollSet<'_> {
    /// Waits for the first of these descriptors, at most until a time.
    pub(crate) fn wait(self, now: Instant, until: Instant) -> io::Result<Polled> {
        let wake = self.wake.map(|WakeEvent(fd)| fd.as_fd());
        let all = [
            (self.arrivals, PollFlags::IN),
            (self.writable, PollFlags::OUT),
            (self.end, PollFlags::IN),
            (wake, PollFlags::IN),
        ];
        // Each descriptor keeps its index. One that is not given is replaced by another, for no events.
        let none = self.arrivals.or(self.writable).or(self.end).or(wake);
        let Some(none) = none else {
            std::thread::sleep(until.saturating_duration_since(now));
            return Ok(Polled::default());
        };
        let mut fds = all.map(|(fd, flags)| asked(fd, flags, none));
        let timeout = timespec(until.saturating_duration_since(now));
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [arrivals, writable, end, woken] = fds.map(|fd| !fd.revents().is_empty());
        if let Some(wake) = self.wake.filter(|_| woken) {
            wake.clear();
        }
        Ok(Polled {
            arrivals: arrivals && self.arrivals.is_some(),
            writable: writable && self.writable.is_some(),
            end: end && self.end.is_some(),
        })
    }
}

impl WakeEvent {
    pub(crate) fn new() -> io::Result<Self> {
        let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
        Ok(Self(eventfd(0, flags)?))
    }

    /// Wakes the thread that waits, or the next one that will.
    pub(crate) fn wake(&self) {
        // This fails only after 2^64 - 2 writes, and the event is set then.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    fn clear(&self) {
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

fn asked<'fd>(fd: Option<BorrowedFd<'fd>>, flags: PollFlags, none: BorrowedFd<'fd>) -> PollFd<'fd> {
    match fd {
        Some(fd) => PollFd::from_borrowed_fd(fd, flags),
        None => PollFd::from_borrowed_fd(none, PollFlags::empty()),
    }
}

fn timespec(duration: Duration) -> Timespec {
    let duration = duration.min(LONGEST);
    Timespec {
        tv_sec: duration.as_secs().try_into().unwrap_or_default(),
        tv_nsec: duration.subsec_nanos().into(),
    }
}

const LONGEST: Duration = Duration::from_secs(3600);
