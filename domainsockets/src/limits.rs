//! The default and the bounds of every limit, in one place.

use std::time::Duration;

use crate::wire::MIB;

/// The default deadline of a call.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// The default time that a client waits for the handshake.
pub(crate) const DIAL_TIMEOUT: Duration = Duration::from_secs(5);

/// The default time for which a connection polls its socket before it sleeps.
pub(crate) const BUSY_POLL: Duration = Duration::from_micros(50);

/// The longest time that can be set for that.
pub(crate) const MAX_BUSY_POLL: Duration = Duration::from_millis(1);

/// The default time without a message after which a server drops a connection: the Go server's 30 s.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The default time after which a server drops a client that reads none of its replies.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The default time that a message may take from its first byte to its last.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The default grace period: the time that a closing server gives running requests to finish.
pub(crate) const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// The default size limit of a message's data, in bytes.
pub(crate) const MAX_MESSAGE_SIZE: usize = 4 * MIB;

/// The depth to which values may nest within each other, counted from 1: that of `serde_json`. Deeper values
/// would use up the stack of a thread.
pub(crate) const MAX_VALUE_DEPTH: u32 = 127;

/// The highest size limit of a message's data that can be set, in bytes.
pub(crate) const LARGEST_MAX_MESSAGE_SIZE: usize = 64 * MIB;

/// The default size limit of a datagram to a Rust peer, in bytes. For the part of a datagram beyond about
/// 86 kB the kernel allocates one contiguous block, which fails sooner on fragmented memory.
pub(crate) const MAX_DATAGRAM_SIZE: usize = 64 * 1024;

/// The default number of requests of one connection that may be in flight.
pub(crate) const MAX_IN_FLIGHT: usize = 1000;

/// The highest number of requests in flight that can be set: far more than a connection needs, and fewer than
/// the permits that a semaphore can hold.
pub(crate) const MAX_IN_FLIGHT_LIMIT: usize = 1 << 24;

/// The default size of a connection's reply queue, in bytes. While more is queued, the server reads no
/// requests from the client (backpressure).
pub(crate) const MAX_QUEUED_REPLY_BYTES: usize = MIB;

/// The default quota of connections per user.
pub(crate) const MAX_CONNECTIONS_PER_USER: usize = 256;

/// The default limit of connections of a server, of all users together.
pub(crate) const MAX_CONNECTIONS: usize = 4096;

/// The default quota of requests in flight per user.
pub(crate) const MAX_IN_FLIGHT_PER_USER: usize = 16 * 1024;

/// The default quota of memory per user, in bytes of requests and replies that the server holds.
pub(crate) const MAX_MEMORY_PER_USER: usize = 256 * MIB;

/// The default rate limit of handshakes per user: setup messages that are answered in a second.
pub(crate) const MAX_SETUPS_PER_SECOND: u32 = 5000;

/// The default number of half-open connections: those on which the client has sent nothing yet.
pub(crate) const MAX_HALF_OPEN: usize = 64;

/// The longest time that can be set, ten years: long enough to mean no limit, and short enough that adding it
/// to any `Instant` does not overflow.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Lowers `time` to one that can be added to any `Instant`.
pub(crate) fn bounded(time: Duration) -> Duration {
    time.min(LONGEST)
}

/// Lowers a size limit to the highest one that can be set.
pub(crate) fn bounded_message_size(limit: usize) -> usize {
    limit.min(LARGEST_MAX_MESSAGE_SIZE)
}
