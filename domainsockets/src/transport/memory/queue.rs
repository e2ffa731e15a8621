//! The queue of one direction of a connection: datagrams that wait to be read.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::iter::repeat_n;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use tokio::sync::Notify;

use super::Fault;
use crate::transport::Received;

/// The configuration of one direction of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryConfig {
    /// The number of datagrams with which a queue is full.
    pub(crate) capacity: usize,
    /// The largest datagram that can be sent, in bytes.
    pub(crate) max_datagram_size: usize,
}

/// Datagrams in flight from one writer to one reader, each of which may be gone.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<QueueState>,
    /// Wakes the reader when a datagram may have arrived. A notification is stored while the reader does not wait,
    /// so none is missed between a check and the wait after it.
    arrived: Notify,
    /// Wakes the writer when the queue may have room.
    has_room: Notify,
}

#[derive(Debug)]
struct QueueState {
    config: MemoryConfig,
    datagrams: VecDeque<Vec<u8>>,
    /// The results of the next sends.
    faults: VecDeque<Fault>,
    reader: Reader,
    /// Whether the queue counts as full, whatever its length.
    is_filled: bool,
    has_writer: bool,
}

/// The state of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    Reads,
    Stopped,
    Gone,
}

impl Queue {
    pub(super) fn new(config: MemoryConfig) -> Self {
        Self {
            state: Mutex::new(QueueState {
                config,
                datagrams: VecDeque::new(),
                faults: VecDeque::new(),
                reader: Reader::Reads,
                is_filled: false,
                has_writer: true,
            }),
            arrived: Notify::new(),
            has_room: Notify::new(),
        }
    }

    /// Adds a datagram, as `sendmsg(2)` does.
    pub(super) fn push(&self, parts: &[IoSlice<'_>]) -> rustix::io::Result<usize> {
        let mut state = self.lock();
        if state.reader == Reader::Gone || !state.has_writer {
            return Err(Errno::CONNREFUSED);
        }
        if let Some(fault) = state.faults.pop_front() {
            return Err(fault.errno());
        }
        let mut datagram = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
        for part in parts {
            datagram.extend_from_slice(part);
        }
        let size = datagram.len();
        if state.config.max_datagram_size < size {
            return Err(Errno::MSGSIZE);
        }
        if !state.has_capacity() {
            return Err(Errno::AGAIN);
        }
        state.datagrams.push_back(datagram);
        drop(state);
        self.arrived.notify_one();
        Ok(size)
    }

    /// Waits until the queue has room, or a side is gone.
    pub(super) async fn writable(&self) {
        while !self.lock().is_writable() {
            self.has_room.notified().await;
        }
    }

    /// Waits until a datagram has arrived.
    pub(super) async fn readable(&self) -> io::Result<()> {
        loop {
            let (reader, is_empty) = {
                let state = self.lock();
                (state.reader, state.datagrams.is_empty())
            };
            match reader {
                Reader::Reads if !is_empty => return Ok(()),
                Reader::Reads | Reader::Stopped => self.arrived.notified().await,
                Reader::Gone => return Err(io::ErrorKind::NotConnected.into()),
            }
        }
    }

    /// Takes the next datagram: into `room`, and the part that does not fit there into `buffer`.
    pub(super) fn pop(&self, room: &mut [u8], buffer: &mut [u8]) -> io::Result<Received> {
        let mut state = self.lock();
        match state.reader {
            Reader::Reads => {}
            Reader::Stopped => return Ok(Received::Empty),
            Reader::Gone => return Err(io::ErrorKind::NotConnected.into()),
        }
        let Some(datagram) = state.datagrams.pop_front() else {
            return Ok(Received::Empty);
        };
        drop(state);
        self.has_room.notify_one();
        let (first, rest) = datagram.split_at(room.len().min(datagram.len()));
        copy(first, room);
        copy(rest, buffer);
        Ok(if buffer.len() < rest.len() {
            Received::Truncated(datagram.len())
        } else {
            Received::Datagram(datagram.len())
        })
    }

    /// Returns whether no datagram is queued.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of queued datagrams.
    pub(crate) fn len(&self) -> usize {
        self.lock().datagrams.len()
    }

    /// Makes the reader stop reading, or resume.
    pub(crate) fn stop_reader(&self, stopped: bool) {
        let mut state = self.lock();
        if state.reader != Reader::Gone {
            state.reader = if stopped {
                Reader::Stopped
            } else {
                Reader::Reads
            };
        }
        drop(state);
        self.arrived.notify_one();
    }

    /// Makes the queue count as full, or ends that.
    pub(crate) fn fill(&self, filled: bool) {
        self.lock().is_filled = filled;
        self.has_room.notify_one();
    }

    /// Makes `sends` further sends fail, after those that are to fail already.
    pub(crate) fn fail(&self, fault: Fault, sends: usize) {
        self.lock().faults.extend(repeat_n(fault, sends));
    }

    /// Removes the reader: queued datagrams are lost.
    pub(super) fn lose_reader(&self) {
        let mut state = self.lock();
        state.reader = Reader::Gone;
        state.datagrams.clear();
        drop(state);
        self.arrived.notify_one();
        self.has_room.notify_one();
    }

    /// Removes the writer. The reader does not notice that.
    pub(super) fn lose_writer(&self) {
        self.lock().has_writer = false;
        self.has_room.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        // No code that holds the lock can leave the state half changed, so poisoning is ignored.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl QueueState {
    fn has_capacity(&self) -> bool {
        !self.is_filled && self.datagrams.len() < self.config.capacity
    }

    fn is_writable(&self) -> bool {
        self.reader == Reader::Gone || !self.has_writer || self.has_capacity()
    }
}

/// Copies as much as fits.
fn copy(from: &[u8], to: &mut [u8]) {
    let fits = from.len().min(to.len());
    if let (Some(to), Some(from)) = (to.get_mut(..fits), from.get(..fits)) {
        to.copy_from_slice(from);
    }
}
