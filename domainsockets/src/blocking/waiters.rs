//! The threads that wait on a connection.

use std::thread::{self, Thread};

/// The threads that wait on a connection, in the order of their coming.
///
/// One of them reads for all: the first that finds the receiving socket free. It wakes those whose calls
/// have ended, and when its own has, another that takes its place.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    waiting: Vec<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    /// The number of its call.
    number: u64,
    thread: Thread,
    /// Whether the call has not begun, since too many are in flight.
    is_queued: bool,
}

impl Waiters {
    /// Adds the current thread, which waits for a call.
    pub(super) fn add(&mut self, number: u64, is_queued: bool) {
        self.waiting.push(Waiter {
            number,
            thread: thread::current(),
            is_queued,
        });
    }

    pub(super) fn remove(&mut self, number: u64) {
        self.waiting.retain(|waiter| waiter.number != number);
    }

    /// Returns whether a thread waits for the outcome of this call.
    pub(super) fn has(&self, number: u64) -> bool {
        let mut waiting = self.waiting.iter();
        waiting.any(|waiter| waiter.number == number && !waiter.is_queued)
    }

    /// Returns whether a call waits to begin.
    pub(super) fn has_queued(&self) -> bool {
        self.waiting.iter().any(|waiter| waiter.is_queued)
    }

    /// Wakes the thread that waits for this call.
    pub(super) fn wake(&self, number: u64) {
        if let Some(waiter) = self.waiting.iter().find(|waiter| waiter.number == number) {
            waiter.thread.unpark();
        }
    }

    /// Wakes as many threads whose calls have not begun.
    pub(super) fn wake_queued(&self, count: usize) {
        let queued = self.waiting.iter().filter(|waiter| waiter.is_queued);
        for waiter in queued.take(count) {
            waiter.thread.unpark();
        }
    }

    /// Wakes a thread that is to read for all.
    pub(super) fn wake_reader(&self) {
        if let Some(waiter) = self.waiting.first() {
            waiter.thread.unpark();
        }
    }
}
