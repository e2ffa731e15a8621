//! A message in the send queue.

use std::mem;

use bytes::Bytes;

/// A queued message. It is cut only if it does not fit into a datagram.
#[derive(Debug)]
pub(super) struct QueuedMessage {
    pub(super) id: Option<u64>,
    pub(super) inline_len: usize,
    pub(super) payload: Bytes,
    pub(super) sent: usize,
    /// Whether the outbox reports that the whole message was sent.
    pub(super) is_reported: bool,
    /// Whether it was withdrawn. Its header is skipped.
    pub(super) withdrawn: bool,
}

impl QueuedMessage {
    /// The payload, if it is not among the inline bytes.
    pub(super) fn release(&mut self) -> Option<Bytes> {
        let payload = mem::take(&mut self.payload);
        (!payload.is_empty()).then_some(payload)
    }

    /// Returns whether something is to be done once the message was sent.
    pub(super) const fn is_tracked(&self) -> bool {
        self.is_reported || !self.payload.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.inline_len + self.payload.len()
    }

    pub(super) fn unsent(&self) -> usize {
        if self.withdrawn {
            0
        } else {
            self.len() - self.sent
        }
    }

    pub(super) fn inline_unsent(&self) -> usize {
        self.inline_len.saturating_sub(self.sent)
    }

    pub(super) fn payload_unsent(&self) -> &[u8] {
        let sent = self.sent.saturating_sub(self.inline_len);
        self.payload.get(sent..).unwrap_or_default()
    }
}
