//! A message that is being put together from several datagrams.

use bytes::Bytes;

use super::block_cache::Block;

/// How much memory a message may take for each byte of it that has come.
const GROWTH: usize = 8;

/// The least memory that is taken.
const LEAST: usize = 4096;

/// A page of memory. Copying, in the kernel too, can be several times slower to certain places in
/// a page (on AMD's Zen 3: 1 to 31 bytes further into it than where it is copied from), and the
/// start of a page is none of them.
pub(crate) const PAGE: usize = 4096;

/// The body of a message, as far as it has come. Memory grows with what has come; the claimed length
/// is only an upper bound.
#[derive(Debug)]
pub(super) struct PartialMessage {
    total: usize,
    filled: usize,
    block: Block,
    /// Where in the block the body begins.
    start: usize,
}

/// Copies bytes to memory that is kept, as that of received messages is.
pub(crate) fn kept_copy(bytes: &[u8]) -> Bytes {
    PartialMessage::new(bytes.len(), bytes).finish()
}

/// A whole body, in the block that it was collected in.
struct CollectedBody {
    block: Block,
    start: usize,
    len: usize,
}

impl PartialMessage {
    /// Begins with the first bytes of a body of `total`.
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

    /// Where the next bytes go: never empty before the body is whole.
    pub(super) fn room(&mut self) -> &mut [u8] {
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

    /// Counts bytes that were written to the [`room`](Self::room).
    pub(super) const fn advance(&mut self, count: usize) {
        self.filled += count;
    }

    /// Takes bytes of the body off the front of `datagram`.
    pub(super) fn take(&mut self, datagram: &mut &[u8]) {
        while !self.is_whole() && !datagram.is_empty() {
            let count = self.room().len().min(datagram.len());
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

    /// How much memory it takes.
    pub(super) const fn reserved(&self) -> usize {
        self.block.len()
    }

    /// The body.
    pub(super) fn finish(self) -> Bytes {
        Bytes::from_owner(CollectedBody {
            block: self.block,
            start: self.start,
            len: self.filled,
        })
    }

    /// Copies bytes for which there is room.
    fn append(&mut self, part: &[u8]) {
        let begin = self.start + self.filled;
        if let Some(room) = self.block.bytes_mut().get_mut(begin..begin + part.len()) {
            room.copy_from_slice(part);
            self.filled += part.len();
        }
    }

    /// Moves to a larger block, with room for `more` bytes at least.
    fn grow(&mut self, more: usize) {
        let known = self.filled + more;
        let size = self.total.min((known * GROWTH).max(LEAST));
        // A kept block is memory that is there already, whatever the message claims.
        let block = Block::kept(self.total + PAGE).unwrap_or_else(|| Block::new(size + PAGE));
        // What comes next is to begin a page.
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
    fn claimed_length_sizes_nothing() {
        let mut collector = PartialMessage::new(1 << 30, b"ten bytes.");
        assert!(collector.block.len() <= LEAST + PAGE);
        assert!(!collector.room().is_empty());
    }

    #[test]
    fn what_comes_next_begins_a_page() {
        let mut collector = PartialMessage::new(1 << 20, &vec![1; 65_500]);
        assert_eq!(collector.room().as_ptr().addr() % PAGE, 0);
    }

    proptest! {
        #[test]
        fn the_body_is_what_came(
            first in vec(any::<u8>(), 1..100),
            parts in vec((any::<bool>(), vec(any::<u8>(), 1..9000)), 1..20),
        ) {
            let mut expected = first.clone();
            expected.extend(parts.iter().flat_map(|(_, part)| part));
            let mut collector = PartialMessage::new(expected.len(), &first);
            for (directly, part) in &parts {
                let mut part = &part[..];
                if *directly {
                    let room = collector.room();
                    let count = room.len().min(part.len());
                    room[..count].copy_from_slice(&part[..count]);
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
