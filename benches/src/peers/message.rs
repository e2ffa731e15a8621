//! The messages of the bare loops: a length and that many bytes, sent as one message or in pieces.
//!
//! Buffers are reused, and begin at a page boundary. If the target of a copy is a few bytes further into
//! its page than the source, some processors copy several times slower.

use anyhow::{Context as _, ensure};

use crate::load::MAX_MESSAGE_SIZE;

/// A message that is sent repeatedly.
#[derive(Debug, Default)]
pub(super) struct Outgoing(Paged);

impl Outgoing {
    /// Returns the message with these bytes. It is encoded once, not for each call.
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

/// A message that is being received.
#[derive(Debug)]
pub(super) struct Incoming {
    bytes: Paged,
    filled: usize,
}

impl Incoming {
    /// Returns an empty message whose first piece has at most `piece` bytes.
    pub(super) fn new(piece: usize) -> Self {
        Self {
            bytes: Paged::new(piece),
            filled: 0,
        }
    }

    /// Returns the space for the next piece.
    pub(super) fn space(&mut self) -> &mut [u8] {
        self.bytes
            .as_mut()
            .get_mut(self.filled..)
            .unwrap_or_default()
    }

    /// Adds a piece of `len` bytes. Once the message is complete, returns it with its length prefix, and
    /// begins the next.
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

/// Returns the bytes of a message without its length.
pub(super) fn body(message: &[u8]) -> &[u8] {
    message.get(HEADER..).unwrap_or_default()
}

/// Bytes that begin at a page boundary.
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
