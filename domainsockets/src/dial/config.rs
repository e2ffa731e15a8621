//! What a client is set to, of either kind.

use std::time::Duration;

use crate::Allow;
use crate::limits::{DATAGRAM_LIMIT, DEADLINE, DIAL_TIMEOUT, MESSAGE_LIMIT};
use crate::proto::ClientConfig;
use crate::transport::KERNEL_DATAGRAM;
use crate::wire::KEEP_ALIVE;

/// How a client dials and calls, unless a call says otherwise.
#[derive(Clone, Debug)]
pub(crate) struct DialConfig {
    pub(crate) deadline: Duration,
    pub(crate) dial_timeout: Duration,
    pub(crate) allow: Allow,
    pub(crate) connection: ClientConfig,
}

impl Default for DialConfig {
    fn default() -> Self {
        Self {
            deadline: DEADLINE,
            dial_timeout: DIAL_TIMEOUT,
            allow: Allow::default(),
            connection: ClientConfig {
                keepalive: Duration::from_secs(KEEP_ALIVE),
                message_limit: MESSAGE_LIMIT,
                datagram_limit: DATAGRAM_LIMIT,
                receive_limit: KERNEL_DATAGRAM,
                announce: true,
            },
        }
    }
}
