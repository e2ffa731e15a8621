//! The next datagram to send, cut out of queued messages.

use std::collections::VecDeque;
use std::io::IoSlice;

use super::queued_message::QueuedMessage;
use crate::wire::{Cutter, PAGE};

/// Datagrams of at least this limit are cut at pages.
const PAGED_FROM: usize = 8 * PAGE;

/// The number of parts after which no more are added. Up to two may follow. The kernel accepts 1024.
const MAX_PARTS: usize = 1000;

/// The next datagram.
#[derive(Debug)]
pub(crate) enum Datagram<'a> {
    /// Contiguous bytes.
    Plain(&'a [u8]),
    /// Parts that the kernel gathers.
    Gathered(Vec<IoSlice<'a>>),
}

/// The queued messages that datagrams are cut out of, and the inline bytes of those that were not sent.
pub(super) struct QueueView<'a> {
    pub(super) messages: &'a VecDeque<QueuedMessage>,
    pub(super) inline: &'a [u8],
    pub(super) cutter: &'a Cutter,
}

impl Datagram<'_> {
    /// Returns the size in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Plain(bytes) => bytes.len(),
            Self::Gathered(parts) => parts.iter().map(|part| part.len()).sum(),
        }
    }

    /// Returns the bytes in one buffer.
    #[cfg(test)]
    pub(super) fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Plain(bytes) => bytes.to_vec(),
            Self::Gathered(parts) => parts.iter().flat_map(|part| part.to_vec()).collect(),
        }
    }
}

impl<'a> QueueView<'a> {
    /// Returns the next datagram, or `None` if there is nothing to send.
    pub(super) fn datagram(&self) -> Option<Datagram<'a>> {
        let unsent = self.messages.iter().map(QueuedMessage::unsent);
        let size = self
            .first_size()
            .unwrap_or_else(|| self.cutter.next(unsent));
        if size == 0 {
            return None;
        }
        Some(match self.plain(size) {
            Some(bytes) => Datagram::Plain(bytes),
            None => Datagram::Gathered(self.gather(size)),
        })
    }

    /// Returns the size of the first datagram of a large message: its head, and its payload up to a page boundary and one
    /// page more. So the peer wakes up while the rest is being sent, and has to move only a little to where it
    /// receives the rest.
    fn first_size(&self) -> Option<usize> {
        let message = self.messages.front().filter(|message| message.sent == 0)?;
        let limit = self.cutter.limit();
        if limit < PAGED_FROM || message.unsent() <= limit || PAGE < message.inline_len {
            return None;
        }
        let to_page = message.payload.as_ptr().addr().wrapping_neg() % PAGE;
        Some(message.inline_len + to_page + PAGE)
    }

    /// Returns the next `size` bytes, if they are contiguous.
    fn plain(&self, size: usize) -> Option<&'a [u8]> {
        let mut len = 0;
        for message in self.messages {
            if message.withdrawn {
                return None;
            }
            len += message.inline_unsent();
            if size <= len {
                return self.inline.get(..size);
            }
            if !message.payload.is_empty() {
                return None;
            }
        }
        None
    }

    /// Returns the next `size` bytes, or a little less, as parts.
    fn gather(&self, mut size: usize) -> Vec<IoSlice<'a>> {
        let mut parts = Vec::new();
        let mut begin = 0;
        // The begin of the contiguous inline bytes up to `begin` that are not among the parts yet.
        let mut row = begin;
        let inline = |from, to| {
            let part = self.inline.get(from..to).unwrap_or_default();
            (!part.is_empty()).then(|| IoSlice::new(part))
        };
        for message in self.messages {
            if size == 0 || parts.len() >= MAX_PARTS {
                break;
            }
            if message.withdrawn {
                parts.extend(inline(row, begin));
                begin += message.inline_len;
                row = begin;
                continue;
            }
            let head = message.inline_unsent().min(size);
            begin += head;
            size -= head;
            let unsent = message.payload_unsent();
            let tail = self.well_cut(unsent, unsent.len().min(size));
            if let Some(part) = unsent.get(..tail).filter(|part| !part.is_empty()) {
                parts.extend(inline(row, begin));
                row = begin;
                parts.push(IoSlice::new(part));
            }
            size -= tail;
            if tail < unsent.len() {
                break;
            }
        }
        parts.extend(inline(row, begin));
        parts
    }

    /// Returns how much of a payload to send at once, of at most `len` bytes. If a large datagram ends within the payload,
    /// the next one begins at a page boundary, where copying is fastest.
    fn well_cut(&self, payload: &[u8], len: usize) -> usize {
        if payload.len() <= len || self.cutter.limit() < PAGED_FROM {
            return len;
        }
        let beyond = payload.as_ptr().addr().wrapping_add(len) % PAGE;
        if beyond < len { len - beyond } else { len }
    }
}
