//! A cache of the memory blocks in which messages of several datagrams are assembled.

use std::mem;
use std::sync::{Mutex, PoisonError};

/// The size of the smallest block that is cached, in bytes.
///
/// The allocator serves smaller ones cheaply. Larger ones it may return to the kernel each time, after which
/// every page causes a page fault again.
pub(crate) const KEPT_FROM: usize = 64 * 1024;

/// The limit of all cached blocks together, in bytes.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

static KEPT: Mutex<Vec<CachedBlock>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct CachedBlock {
    bytes: Vec<u8>,
    /// Whether the block was used since the last trim.
    fresh: bool,
}

/// A block of initialised memory, which returns to the cache when it is dropped.
#[derive(Debug)]
pub(super) struct Block {
    bytes: Vec<u8>,
}

impl Block {
    /// Returns a cached block of `len` to `2 * len` bytes, if there is one.
    pub(super) fn kept(len: usize) -> Option<Self> {
        if !Self::is_worth_keeping(len) {
            return None;
        }
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = len..=len.saturating_mul(2);
        let index = kept
            .iter()
            .position(|block| fitting.contains(&block.bytes.len()))?;
        let bytes = kept.swap_remove(index).bytes;
        Some(Self { bytes })
    }

    /// Allocates a block of `len` bytes.
    pub(super) fn new(len: usize) -> Self {
        Self {
            bytes: vec![0; len],
        }
    }

    /// Returns whether a block of `len` bytes is cached for the next message.
    pub(super) const fn is_worth_keeping(len: usize) -> bool {
        KEPT_FROM <= len
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let bytes = mem::take(&mut self.bytes);
        if !Self::is_worth_keeping(bytes.len()) {
            return;
        }
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = kept.iter().map(|block| block.bytes.len()).sum();
        if total.saturating_add(bytes.len()) <= KEPT_BYTES {
            kept.push(CachedBlock { bytes, fresh: true });
        }
    }
}

/// Frees the cached blocks that no message has used since the last call.
pub(crate) fn trim_blocks() {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.retain_mut(|block| mem::take(&mut block.fresh));
}

#[cfg(test)]
mod tests {
    use super::{Block, KEPT, KEPT_FROM, trim_blocks};

    #[test]
    fn large_blocks_are_cached_until_they_are_unused() {
        // The cache is shared by all tests of this process: use a size that no other test does.
        let len = 200 * KEPT_FROM + 1;
        assert!(Block::kept(len).is_none());
        let mut block = Block::new(len);
        block.bytes_mut()[7] = 7;
        drop(block);
        let block = Block::kept(len).unwrap();
        assert_eq!((block.len(), block.bytes()[7]), (len, 7));
        drop(block);
        trim_blocks();
        trim_blocks();
        assert!(Block::kept(len).is_none());
    }

    #[test]
    fn small_blocks_are_not_cached() {
        drop(Block::new(KEPT_FROM - 1));
        let kept = KEPT.lock().unwrap();
        assert!(kept.iter().all(|block| KEPT_FROM <= block.bytes.len()));
    }
}
