//! The threads of a blocking client that wait for their calls.

use std::thread::{self, Thread};

/// The threads that wait for their calls on a connection, in order of arrival.
///
/// One of them is the reader: the first that finds the receiving socket free. It wakes the threads whose
/// calls have ended and, when its own call has ended, another thread that becomes the reader.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    waiting: Vec<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    /// The number of the thread's call.
    number: u64,
    thread: Thread,
    /// Whether the call waits to begin, because too many calls are in flight.
    is_queued: bool,
    /// Whether the thread runs the user's code at the moment, and can neither read nor begin its call.
    is_away: bool,
}

impl Waiters {
    /// Adds the current thread, which waits for the call with this number.
    pub(super) fn add(&mut self, number: u64, is_queued: bool) {
        self.waiting.push(Waiter {
            number,
            thread: thread::current(),
            is_queued,
            is_away: false,
        });
    }

    /// Removes the thread that waits for this call.
    pub(super) fn remove(&mut self, number: u64) {
        self.waiting.retain(|waiter| waiter.number != number);
    }

    /// Sets whether the thread that waits for this call runs the user's code.
    pub(super) fn set_away(&mut self, number: u64, is_away: bool) {
        let mut waiting = self.waiting.iter_mut();
        if let Some(waiter) = waiting.find(|waiter| waiter.number == number) {
            waiter.is_away = is_away;
        }
    }

    /// Returns whether a thread waits for the outcome of this call.
    pub(super) fn has(&self, number: u64) -> bool {
        let mut waiting = self.waiting.iter();
        waiting.any(|waiter| waiter.number == number && !waiter.is_queued)
    }

    /// Returns whether any call waits to begin.
    pub(super) fn has_queued(&self) -> bool {
        self.waiting.iter().any(|waiter| waiter.is_queued)
    }

    /// Wakes the thread that waits for this call.
    pub(super) fn wake(&self, number: u64) {
        if let Some(waiter) = self.waiting.iter().find(|waiter| waiter.number == number) {
            waiter.thread.unpark();
        }
    }

    /// Wakes all threads that can go on.
    pub(super) fn wake_all(&self) {
        for waiter in self.waiting.iter().filter(|waiter| !waiter.is_away) {
            waiter.thread.unpark();
        }
    }

    /// Wakes up to `count` threads whose calls wait to begin.
    pub(super) fn wake_queued(&self, count: usize) {
        let waiting = self.waiting.iter();
        let queued = waiting.filter(|waiter| waiter.is_queued && !waiter.is_away);
        for waiter in queued.take(count) {
            waiter.thread.unpark();
        }
    }

    /// Wakes the longest-waiting thread, which becomes the reader.
    pub(super) fn wake_reader(&self) {
        if let Some(waiter) = self.waiting.iter().find(|waiter| !waiter.is_away) {
            waiter.thread.unpark();
        }
    }
}
