//! A message that is being assembled from several datagrams.

use bytes::Bytes;

use super::block_cache::Block;

/// The memory that a message may take for each of its received bytes, so that a peer pays for what it
/// allocates.
const GROWTH: usize = 8;

/// The smallest allocation for a message, in bytes.
const LEAST: usize = 4096;

/// The size of a memory page in bytes.
///
/// The speed of copying, in the kernel too, depends on the offsets within the pages. On AMD's Zen 3 it is
/// several times slower if the destination is 1 to 31 bytes further into its page than the source. So copies
/// go to the start of a page where possible.
pub(crate) const PAGE: usize = 4096;

/// The received part of a message's body.
///
/// Memory grows with the received bytes. The claimed length is only an upper bound, and allocates nothing.
#[derive(Debug)]
pub(super) struct PartialMessage {
    /// The claimed length of the body.
    total: usize,
    /// The number of received bytes.
    filled: usize,
    block: Block,
    /// The offset of the body in the block.
    start: usize,
}

/// Copies bytes into a block of the cache.
pub(crate) fn kept_copy(bytes: &[u8]) -> Bytes {
    PartialMessage::new(bytes.len(), bytes).finish()
}

/// A complete body, in the block in which it was assembled.
struct CollectedBody {
    block: Block,
    start: usize,
    len: usize,
}

impl PartialMessage {
    /// Returns a body of `total` bytes that begins with these.
    pub(super) fn new(total: usize, first: &[u8]) -> Self {
        let mut collector = Self {
            total,
            filled: 0,
            block: Block::new(0),
            start: 0,
        };
        collector.grow(first.len());
        collector.append(first);
        collector
    }

    /// Returns the free memory for the next bytes. It is empty only when the body is complete.
    pub(super) fn unfilled(&mut self) -> &mut [u8] {
        if self.start + self.filled == self.block.len() {
            self.grow(0);
        }
        let (begin, end) = (self.start + self.filled, self.start + self.total);
        let end = end.min(self.block.len());
        self.block
            .bytes_mut()
            .get_mut(begin..end)
            .unwrap_or_default()
    }

    /// Counts bytes that the caller has written into the [unfilled](Self::unfilled) memory.
    pub(super) const fn advance(&mut self, count: usize) {
        self.filled += count;
    }

    /// Copies bytes of the body from the front of `datagram`, and removes them there.
    pub(super) fn take(&mut self, datagram: &mut &[u8]) {
        while !self.is_whole() && !datagram.is_empty() {
            let count = self.unfilled().len().min(datagram.len());
            let (part, rest) = datagram.split_at(count);
            self.append(part);
            *datagram = rest;
        }
    }

    pub(super) const fn is_whole(&self) -> bool {
        self.filled == self.total
    }

    pub(super) const fn filled(&self) -> usize {
        self.filled
    }

    /// Returns the size of the allocated memory in bytes.
    pub(super) const fn reserved(&self) -> usize {
        self.block.len()
    }

    /// Returns the body, which shares the block.
    pub(super) fn finish(self) -> Bytes {
        Bytes::from_owner(CollectedBody {
            block: self.block,
            start: self.start,
            len: self.filled,
        })
    }

    /// Copies bytes for which the block has room.
    fn append(&mut self, part: &[u8]) {
        let begin = self.start + self.filled;
        if let Some(room) = self.block.bytes_mut().get_mut(begin..begin + part.len()) {
            room.copy_from_slice(part);
            self.filled += part.len();
        }
    }

    /// Moves the body to a larger block, with room for at least `more` bytes.
    fn grow(&mut self, more: usize) {
        let known = self.filled + more;
        let size = self.total.min((known * GROWTH).max(LEAST));
        // A cached block is already allocated, so that the claimed length may choose it.
        let block = Block::kept(self.total + PAGE).unwrap_or_else(|| Block::new(size + PAGE));
        // Place the body such that the next bytes begin a page: see `PAGE`.
        let next = block.bytes().as_ptr().addr().wrapping_add(known);
        let start = next.wrapping_neg() % PAGE;
        let old = std::mem::replace(&mut self.block, block);
        let filled = old
            .bytes()
            .get(self.start..self.start + self.filled)
            .unwrap_or_default();
        if let Some(room) = self.block.bytes_mut().get_mut(start..start + filled.len()) {
            room.copy_from_slice(filled);
        }
        self.start = start;
    }
}

impl AsRef<[u8]> for CollectedBody {
    fn as_ref(&self) -> &[u8] {
        self.block
            .bytes()
            .get(self.start..self.start + self.len)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{Block, GROWTH, LEAST, PAGE, PartialMessage};

    #[test]
    fn claimed_length_allocates_nothing() {
        let mut collector = PartialMessage::new(1 << 30, b"ten bytes.");
        assert!(collector.block.len() <= LEAST + PAGE);
        assert!(!collector.unfilled().is_empty());
    }

    #[test]
    fn next_bytes_begin_a_page() {
        let mut collector = PartialMessage::new(1 << 20, &vec![1; 65_500]);
        assert_eq!(collector.unfilled().as_ptr().addr() % PAGE, 0);
    }

    proptest! {
        #[test]
        fn the_body_consists_of_the_received_bytes(
            first in vec(any::<u8>(), 1..100),
            parts in vec((any::<bool>(), vec(any::<u8>(), 1..9000)), 1..20),
        ) {
            let mut expected = first.clone();
            expected.extend(parts.iter().flat_map(|(_, part)| part));
            let mut collector = PartialMessage::new(expected.len(), &first);
            for (directly, part) in &parts {
                let mut part = &part[..];
                if *directly {
                    let unfilled = collector.unfilled();
                    let count = unfilled.len().min(part.len());
                    unfilled[..count].copy_from_slice(&part[..count]);
                    collector.advance(count);
                    part = &part[count..];
                }
                collector.take(&mut part);
                let bound = (collector.filled() * GROWTH).max(LEAST) + PAGE;
                let len = collector.block.len();
                prop_assert!(len <= bound || Block::is_worth_keeping(len));
            }
            prop_assert!(collector.is_whole());
            prop_assert_eq!(collector.finish(), expected);
        }
    }
}
