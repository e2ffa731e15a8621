//! The configuration of a client: how it dials, and its limits.

use std::time::Duration;

use crate::Allow;
use crate::limits::{
    BUSY_POLL, DEADLINE, DIAL_TIMEOUT, MAX_DATAGRAM_SIZE, MAX_IN_FLIGHT, MAX_MESSAGE_SIZE,
};
use crate::proto::ClientConfig;
use crate::transport::KERNEL_DATAGRAM;
use crate::wire::KEEP_ALIVE;

/// The configuration of a client, asynchronous or blocking.
#[derive(Clone, Debug)]
pub(crate) struct DialConfig {
    pub(crate) deadline: Duration,
    pub(crate) dial_timeout: Duration,
    pub(crate) allow: Allow,
    pub(crate) max_in_flight: usize,
    /// For how long a call polls for its reply before it sleeps. Zero if it never does.
    pub(crate) busy_poll: Duration,
    pub(crate) connection: ClientConfig,
}

impl Default for DialConfig {
    fn default() -> Self {
        Self {
            deadline: DEADLINE,
            dial_timeout: DIAL_TIMEOUT,
            allow: Allow::default(),
            max_in_flight: MAX_IN_FLIGHT,
            busy_poll: BUSY_POLL,
            connection: ClientConfig {
                keep_alive_interval: Duration::from_secs(KEEP_ALIVE),
                max_message_size: MAX_MESSAGE_SIZE,
                max_datagram_size: MAX_DATAGRAM_SIZE,
                receive_limit: KERNEL_DATAGRAM,
                announce: true,
            },
        }
    }
}
