//! What leaves next, cut out of messages.

use std::collections::VecDeque;
use std::io::IoSlice;

use super::queued_message::QueuedMessage;
use crate::wire::{Cutter, PAGE};

/// Datagrams of at least this limit are cut at pages.
const PAGED_FROM: usize = 8 * PAGE;

/// At most so many parts make a datagram, and two more: the kernel gathers 1024.
const MAX_PARTS: usize = 1000;

/// The next datagram.
#[derive(Debug)]
pub(crate) enum Datagram<'a> {
    /// Bytes that lie in a row.
    Plain(&'a [u8]),
    /// Parts to be gathered by the kernel.
    Gathered(Vec<IoSlice<'a>>),
}

/// What datagrams are cut out of: messages, and of those that have not left the inline bytes.
pub(super) struct Stock<'a> {
    pub(super) messages: &'a VecDeque<QueuedMessage>,
    pub(super) inline: &'a [u8],
    pub(super) cutter: &'a Cutter,
}

impl Datagram<'_> {
    /// Its size in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Plain(bytes) => bytes.len(),
            Self::Gathered(parts) => parts.iter().map(|part| part.len()).sum(),
        }
    }

    /// Its bytes in a row.
    #[cfg(test)]
    pub(super) fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Plain(bytes) => bytes.to_vec(),
            Self::Gathered(parts) => parts.iter().flat_map(|part| part.to_vec()).collect(),
        }
    }
}

impl<'a> Stock<'a> {
    /// The next datagram, or `None` if there is nothing to send.
    pub(super) fn datagram(&self) -> Option<Datagram<'a>> {
        let unsent = self.messages.iter().map(QueuedMessage::unsent);
        let size = self.lead().unwrap_or_else(|| self.cutter.next(unsent));
        if size == 0 {
            return None;
        }
        Some(match self.plain(size) {
            Some(bytes) => Datagram::Plain(bytes),
            None => Datagram::Gathered(self.gather(size)),
        })
    }

    /// How much of a large message leaves first: its head, and bytes of its payload up to a page. The
    /// peer learns early that it is coming, wakes up while the rest is being sent, and has but little
    /// to move to where the rest is received.
    fn lead(&self) -> Option<usize> {
        let message = self.messages.front().filter(|message| message.sent == 0)?;
        let limit = self.cutter.limit();
        if limit < PAGED_FROM || message.unsent() <= limit || PAGE < message.inline_len {
            return None;
        }
        let to_page = message.payload.as_ptr().addr().wrapping_neg() % PAGE;
        Some(message.inline_len + to_page + PAGE)
    }

    /// The next `size` bytes, if they lie in a row.
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

    /// The next `size` bytes, or somewhat fewer.
    fn gather(&self, mut size: usize) -> Vec<IoSlice<'a>> {
        let mut parts = Vec::new();
        let mut begin = 0;
        // Inline bytes up to `begin` that lie in a row and are not among the parts yet.
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

    /// How much of a payload to send at once, if up to `len` bytes of it may be: where a large
    /// datagram ends within it, the next is to begin a page, from which copying is fastest.
    fn well_cut(&self, payload: &[u8], len: usize) -> usize {
        if payload.len() <= len || self.cutter.limit() < PAGED_FROM {
            return len;
        }
        let beyond = payload.as_ptr().addr().wrapping_add(len) % PAGE;
        if beyond < len { len - beyond } else { len }
    }
}
