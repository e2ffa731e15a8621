//! What the bare loops send: a length and as many bytes, as one message or in pieces.
//!
//! Buffers are kept, and begin at a page: a copy to where the target lies a few bytes further into
//! its page than the source is several times slower on some processors.

use anyhow::{Context as _, ensure};

use crate::load::MAX_MESSAGE_SIZE;

/// A message that is sent again and again.
#[derive(Debug, Default)]
pub(super) struct Outgoing(Paged);

impl Outgoing {
    /// The message of these bytes. It is written once, not for each call.
    pub(super) fn of(&mut self, data: &[u8]) -> &[u8] {
        let len = HEADER + data.len();
        if self.0.len() != len {
            self.0 = Paged::new(len);
            if let Some((header, body)) = self.0.as_mut().split_first_chunk_mut() {
                *header = data.len().to_le_bytes();
                body.copy_from_slice(data);
            }
        }
        self.0.as_ref()
    }
}

/// A message as it arrives.
#[derive(Debug)]
pub(super) struct Incoming {
    bytes: Paged,
    filled: usize,
}

impl Incoming {
    /// One whose first piece is of at most so many bytes.
    pub(super) fn new(piece: usize) -> Self {
        Self {
            bytes: Paged::new(piece),
            filled: 0,
        }
    }

    /// Where the next piece goes.
    pub(super) fn space(&mut self) -> &mut [u8] {
        self.bytes
            .as_mut()
            .get_mut(self.filled..)
            .unwrap_or_default()
    }

    /// Counts a piece of `len` bytes in. Returns the message with its length in front once it is
    /// whole, and begins the next.
    pub(super) fn add(&mut self, len: usize) -> anyhow::Result<Option<&[u8]>> {
        self.filled += len;
        let begun = self.bytes.as_ref().get(..self.filled);
        let begun = begun.context("a piece is too long")?;
        let Some(header) = begun.first_chunk() else {
            return Ok(None);
        };
        let whole = HEADER + usize::from_le_bytes(*header);
        ensure!(
            whole <= HEADER + MAX_MESSAGE_SIZE,
            "the message is too long"
        );
        if self.filled < whole {
            if self.bytes.len() < whole {
                let mut larger = Paged::new(whole);
                let target = larger.as_mut().get_mut(..self.filled);
                target.unwrap_or_default().copy_from_slice(begun);
                self.bytes = larger;
            }
            return Ok(None);
        }
        self.filled = 0;
        Ok(self.bytes.as_ref().get(..whole))
    }
}

/// The bytes of a message without its length.
pub(super) fn body(message: &[u8]) -> &[u8] {
    message.get(HEADER..).unwrap_or_default()
}

/// Bytes that begin at a page.
#[derive(Debug, Default)]
struct Paged {
    bytes: Vec<u8>,
    begin: usize,
}

impl Paged {
    fn new(len: usize) -> Self {
        let mut bytes = vec![0; len + PAGE];
        let begin = bytes.as_ptr().align_offset(PAGE);
        bytes.truncate(begin + len);
        Self { bytes, begin }
    }

    fn len(&self) -> usize {
        self.bytes.len() - self.begin
    }

    fn as_ref(&self) -> &[u8] {
        self.bytes.get(self.begin..).unwrap_or_default()
    }

    fn as_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.begin..).unwrap_or_default()
    }
}

const HEADER: usize = size_of::<usize>();

const PAGE: usize = 4096;
