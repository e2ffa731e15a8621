//! The defaults of everything that is limited, in one place.

use std::time::Duration;

use crate::wire::MIB;

/// How long a call may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// How long a client waits for the handshake.
pub(crate) const DIAL_TIMEOUT: Duration = Duration::from_secs(5);

/// After how long without a message a server drops a connection: the Go server's 30 s.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// After how long a peer that reads nothing is dropped.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a message that has begun may take to be whole.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a server that is closed lets running requests finish.
pub(crate) const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// Largest Data of a message, in bytes.
pub(crate) const MAX_MESSAGE_SIZE: usize = 4 * MIB;

/// How deep values may nest within each other, counted from 1: as deep as `serde_json` has it. Deeper ones would use up
/// the stack of a thread.
pub(crate) const MAX_VALUE_DEPTH: u32 = 127;

/// What the message limit can be raised to, in bytes.
pub(crate) const LARGEST_MAX_MESSAGE_SIZE: usize = 64 * MIB;

/// Largest datagram to a peer that announced itself, in bytes. Beyond about 86 kB the kernel needs
/// a contiguous block for the rest, and runs out of them sooner.
pub(crate) const MAX_DATAGRAM_SIZE: usize = 64 * 1024;

/// How many requests of one connection run at a time.
pub(crate) const MAX_IN_FLIGHT: usize = 1000;

/// What the number of requests can be raised to: more than a semaphore's permits need to be, and
/// fewer than it can hold.
pub(crate) const MAX_IN_FLIGHT_LIMIT: usize = 1 << 24;

/// How many bytes of replies wait for a peer before its requests are read on.
pub(crate) const MAX_QUEUED_REPLY_BYTES: usize = MIB;

/// How many connections one user may have.
pub(crate) const MAX_CONNECTIONS_PER_USER: usize = 256;

/// How many requests of one user run at a time.
pub(crate) const MAX_IN_FLIGHT_PER_USER: usize = 16 * 1024;

/// How many bytes the server keeps for one user, in requests and replies.
pub(crate) const MAX_MEMORY_PER_USER: usize = 256 * MIB;

/// How many setup messages of one user are answered in a second.
pub(crate) const MAX_SETUPS_PER_SECOND: u32 = 5000;

/// How many connections there may be of which nothing has come yet.
pub(crate) const MAX_HALF_OPEN: usize = 64;

/// Longest time that can be set. Ten years are for ever, and can be added to any instant.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// A time that can be added to any instant.
pub(crate) fn bounded(time: Duration) -> Duration {
    time.min(LONGEST)
}

/// A message limit that the codec's limits allow for.
pub(crate) fn bounded_message_size(limit: usize) -> usize {
    limit.min(LARGEST_MAX_MESSAGE_SIZE)
}
