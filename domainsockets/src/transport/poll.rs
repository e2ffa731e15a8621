//! Waiting without a runtime.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

/// What may be waited for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PollSet<'a> {
    /// Something to receive.
    pub(crate) arrivals: Option<&'a OwnedFd>,
    /// Room in the queue of the peer that this is connected to.
    pub(crate) room: Option<&'a OwnedFd>,
    /// The end of this process, by its descriptor.
    pub(crate) end: Option<&'a OwnedFd>,
    /// A word from another thread.
    pub(crate) wake: Option<&'a WakeEvent>,
}

/// What has come. Nothing, if the time has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Polled {
    pub(crate) arrivals: bool,
    pub(crate) room: bool,
    pub(crate) end: bool,
}

/// Wakes a thread that waits, from another one (eventfd(2)).
#[derive(Debug)]
pub(crate) struct WakeEvent(OwnedFd);

impl PollSet<'_> {
    /// Waits for the first of these, or until a time.
    pub(crate) fn wait(self, now: Instant, until: Instant) -> io::Result<Polled> {
        let wake = self.wake.map(|WakeEvent(fd)| fd);
        let all = [
            (self.arrivals, PollFlags::IN),
            (self.room, PollFlags::OUT),
            (self.end, PollFlags::IN),
            (wake, PollFlags::IN),
        ];
        // Each keeps its place: instead of what is not awaited, another one stands there, which is asked
        // nothing of, and not looked at.
        let none = self.arrivals.or(self.room).or(self.end).or(wake);
        let Some(none) = none else {
            std::thread::sleep(until.saturating_duration_since(now));
            return Ok(Polled::default());
        };
        let mut fds = all.map(|(fd, flags)| asked(fd.map(AsFd::as_fd), flags, none));
        let timeout = timespec(until.saturating_duration_since(now));
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [arrivals, room, end, woken] = fds.map(|fd| !fd.revents().is_empty());
        if let Some(wake) = self.wake.filter(|_| woken) {
            wake.clear();
        }
        Ok(Polled {
            arrivals: arrivals && self.arrivals.is_some(),
            room: room && self.room.is_some(),
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
        // It fails only if it has been written to 2^64 - 2 times, and then wakes all the same.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    fn clear(&self) {
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

fn asked<'fd>(fd: Option<BorrowedFd<'fd>>, flags: PollFlags, none: &'fd OwnedFd) -> PollFd<'fd> {
    match fd {
        Some(fd) => PollFd::from_borrowed_fd(fd, flags),
        None => PollFd::new(none, PollFlags::empty()),
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
