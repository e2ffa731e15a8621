//! The memory in which messages of several datagrams are collected.

use std::mem;
use std::sync::{Mutex, PoisonError};

/// Blocks of at least this many bytes are kept for the next message. A smaller one comes cheaply
/// from the allocator; a larger one it may give back to the kernel each time, and every page of it
/// has to be faulted in again.
pub(crate) const KEPT_FROM: usize = 64 * 1024;

/// How many bytes of blocks are kept.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

static KEPT: Mutex<Vec<CachedBlock>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct CachedBlock {
    bytes: Vec<u8>,
    /// Whether it has been in use since the last trim.
    fresh: bool,
}

/// Initialised memory, which goes back to where it is kept when it is dropped.
#[derive(Debug)]
pub(super) struct Block {
    bytes: Vec<u8>,
}

impl Block {
    /// A block of at least `len` bytes, and not of many more, if one is kept.
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

    /// A block of `len` bytes.
    pub(super) fn new(len: usize) -> Self {
        Self {
            bytes: vec![0; len],
        }
    }

    /// Whether a block of `len` bytes is kept for the next message.
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

/// Frees the blocks that no message has used since this was called last.
pub(crate) fn trim_blocks() {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.retain_mut(|block| mem::take(&mut block.fresh));
}

#[cfg(test)]
mod tests {
    use super::{Block, KEPT, KEPT_FROM, trim_blocks};

    #[test]
    fn large_blocks_are_kept_until_they_are_not_used() {
        // A size that no other test of this process asks for.
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
    fn small_blocks_are_not_kept() {
        drop(Block::new(KEPT_FROM - 1));
        let kept = KEPT.lock().unwrap();
        assert!(kept.iter().all(|block| KEPT_FROM <= block.bytes.len()));
    }
}
